/** Every state of the candidate's pages: how to get there, and what must be seen then. */

import { refusal } from "./stage.mjs";
import * as story from "./story.mjs";

const role = (page, kind, name) => page.getByRole(kind, { name, exact: false });

/** From the check into the room, with the events that `service.events` holds; the line is live. */
async function enterRoom({ page }) {
  await role(page, "button", "Start the interview").click();
  await page.getByText("Question 2 of 5").waitFor();
  await page.getByText(/^Rachel is (listening|thinking|speaking|waiting)/).waitFor();
}

/** One piece of the camera's has been sent, whatever was answered. */
const oneChunk = ({ calls, until }) =>
  until(() => calls.some((call) => call.includes("/camera/")), "a chunk of the camera's");

const room = (name, current, more = {}) => ({
  name,
  service: { interview: story.atInterview(), events: story.midway(current) },
  see: "Question 2 of 5",
  ...more,
  act: async (stage) => {
    await enterRoom(stage);
    await more.act?.(stage);
  },
});

export const STATES = [
  { name: "welcome", service: { interview: story.interview() }, see: "Hi Aisha." },
  {
    name: "welcome-both-needed",
    service: { interview: story.interview() },
    act: async ({ page }) => {
      await page.getByRole("checkbox").first().check();
      await role(page, "button", "Agree and continue").click();
    },
    see: "Both boxes are needed",
  },
  { name: "resume", service: { interview: story.atResume() }, see: "Go on without" },
  {
    name: "resume-unreadable",
    service: {
      interview: story.atResume(false),
      resume: refusal(422, "unreadable_resume", "The file is protected by a password."),
    },
    act: ({ page }) =>
      page.setInputFiles("input[type=file]", {
        name: "cv.pdf",
        mimeType: "application/pdf",
        buffer: Buffer.from("%PDF-1.7"),
      }),
    see: "protected by a password",
  },
  {
    name: "resume-being-read",
    service: { interview: story.resumeBeingRead() },
    see: "Your resume is being read",
  },
  {
    name: "end-not-going-on",
    service: { interview: story.notGoingOn() },
    see: "ask for a person to look at it",
  },
  { name: "check", service: { interview: story.atInterview() }, see: "We hear you well" },
  {
    name: "check-denied",
    devices: "denied",
    service: { interview: story.atInterview() },
    see: "isn't allowed for this page",
  },
  {
    name: "check-no-camera",
    devices: "nocamera",
    service: { interview: story.atInterview() },
    see: "taken by another program",
  },
  {
    name: "check-no-devices",
    devices: "none",
    service: { interview: story.atInterview() },
    see: "This browser can't use the microphone here",
  },
  {
    name: "check-speaker-lost",
    service: { interview: story.atInterview() },
    act: async ({ page }) => {
      await page.getByLabel("Speaker").selectOption({ label: "Headset" });
      await page.evaluate(() => window.__unplug("out-2"));
    },
    see: "Headset can't be used right now",
  },
  {
    name: "check-no-speakers",
    devices: "nospeakers",
    service: { interview: story.atInterview() },
    act: async ({ page }) => {
      await page.getByText("We hear you well").waitFor();
      if (await page.getByLabel("Speaker").count()) throw new Error("a choice that does nothing");
    },
    see: "unplug headphones",
  },
  room("room-listening", "listening"),
  room("room-thinking", "thinking", { see: "Rachel is thinking" }),
  room("room-speaking", "speaking", { see: "Rachel is speaking" }),
  room("room-paused", "paused", { see: "Take your time" }),
  room("room-muted", "listening", {
    act: ({ page }) => page.keyboard.press("m"),
    see: "You are muted",
  }),
  room("room-typing", "listening", {
    act: async ({ page }) => {
      await page.keyboard.press("t");
      await page.getByLabel("Your answer").fill("Right now your teams wait days for a report.");
    },
    see: "Send answer",
  }),
  room("room-leaving", "listening", {
    act: ({ page }) => page.keyboard.press("l"),
    see: "End the interview here?",
  }),
  room("room-reconnecting", "listening", {
    act: async ({ page, service, socket }) => {
      service.offline = true;
      await page.evaluate(() => window.__peers.at(-1).become("failed"));
      socket.close();
    },
    see: "You're still here; reconnecting",
  }),
  {
    name: "room-typed",
    devices: "missing",
    service: { interview: story.atInterview(), events: story.midway("listening") },
    act: async ({ page }) => {
      await role(page, "button", "Type instead").click();
      await page.getByText("Rachel is waiting for your answer").waitFor();
    },
    see: "Send answer",
  },
  {
    name: "room-elsewhere",
    service: {
      interview: story.atInterview(),
      connect: refusal(409, "already_connected", "It is live in another browser."),
    },
    act: ({ page }) => role(page, "button", "Start the interview").click(),
    see: "Continue here",
  },
  room("room-taken-over", "listening", {
    act: ({ tell }) => tell({ type: "notice", code: "taken_over", message: "Taken over." }),
    see: "goes on in another window",
  }),
  room("end", "listening", {
    act: async (stage) => {
      await oneChunk(stage);
      stage.tell(
        story.state("ended"),
        { type: "ended", reason: "completed", redirect_url: "https://example.org/next" },
      );
    },
    see: "Your video has arrived in full",
  }),
  room("end-uploading", "listening", {
    act: async (stage) => {
      stage.service.camera = refusal(503, "unavailable", "Later.");
      await oneChunk(stage);
      stage.tell({ type: "ended", reason: "completed", redirect_url: null });
    },
    see: "Your video is still being sent",
  }),
  {
    name: "end-left",
    service: {
      interview: story.finished({
        progress: { started: true, ended: true, end_reason: "candidate_left" },
      }),
    },
    see: "Goodbye, Aisha.",
  },
  {
    name: "end-my-data",
    service: { interview: story.finished(), mine: story.stored },
    act: async ({ page }) => {
      await role(page, "button", "See what is stored").click();
      await page.getByText("What was said (2 turns)").click();
    },
    see: "Last spring I closed a deal",
  },
  {
    name: "end-erase",
    service: { interview: story.finished() },
    act: ({ page }) => role(page, "button", "Ask for erasure").click(),
    see: "Ask for everything to be erased?",
  },
  {
    name: "end-take-again",
    service: { interview: story.mayTryAgain(Date.UTC(2026, 0, 1) / 1000) },
    see: "Take the interview again",
  },
  {
    name: "end-take-again-asked",
    service: { interview: story.mayTryAgain(Date.UTC(2026, 0, 1) / 1000) },
    act: ({ page }) => role(page, "button", "Take the interview again").click(),
    see: "This uses one of the attempts",
  },
  {
    name: "end-take-again-later",
    service: { interview: story.mayTryAgain(Date.UTC(2099, 0, 1) / 1000) },
    see: "open this page again then",
  },
  {
    name: "posting",
    path: "/cloudmetrics/sales-representative",
    service: { posting: story.posting },
    see: "Go to my interview",
  },
  {
    name: "posting-errors",
    path: "/cloudmetrics/sales-representative",
    service: { posting: story.posting },
    act: async ({ page }) => {
      await page.getByLabel("E-mail").fill("aisha@");
      await role(page, "button", "Go to my interview").click();
    },
    see: "Please tell us your name",
  },
  {
    name: "not-found",
    service: { interview: refusal(404, "not_found", "Unknown interview.") },
    see: "We can't find this interview",
  },
  {
    name: "closed",
    service: { interview: refusal(410, "gone", "The deadline has passed.") },
    see: "This interview is closed",
  },
  { name: "unreachable", service: { offline: true }, see: "We can't reach the interview" },
  { name: "no-page", path: "/", service: {}, see: "There is no page at this address" },
];
