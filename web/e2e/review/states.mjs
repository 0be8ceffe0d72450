/**
 * Every state of the recruiter's pages: where it is (`path`), how to get there (`before` the page
 * opens, `after`), and what must then be seen (`see`). `stall`: API calls that never answer.
 */

import * as story from "./story.mjs";

export const interviewPath = (one) => `/review/interviews/${one.interview_id}`;
export const postingPath = `/review/postings/${story.POSTING_ID}`;
export const questionsPath = `${postingPath}/questions`;

/** Goes to a second as a finished seek would, so that its picture and its word show. */
export async function goTo(page, seconds) {
  await page.waitForFunction(() => document.querySelector("video")?.readyState >= 2);
  await page.evaluate((at) => {
    document.querySelector("video").currentTime = at;
  }, seconds);
  await page.waitForFunction(() => !document.querySelector("video").seeking);
  await painted(page);
}

/** Two frames: what the last event changed has been drawn by then. */
export const painted = (page) =>
  page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
  );

const interviewOf = (one, see, more = {}) => ({ path: interviewPath(one), see, ...more });

export const STATES = [
  { name: "review-login", path: "/review", see: "API key", loggedOut: true },
  {
    name: "review-expired",
    path: postingPath,
    see: "Aisha Williams",
    after: async (page, mock) => {
      mock.state.loggedIn = false;
      await page.getByRole("link", { name: "Questions" }).click();
      await page.getByText("Your session has ended").waitFor();
    },
  },
  {
    name: "review-unreachable",
    path: "/review",
    see: "This could not be loaded",
    before: (mock) => mock.state.failing.set("/api/review/me", 503),
  },
  { name: "review-postings", path: "/review", see: "Support Engineer" },
  { name: "review-no-page", path: "/review/nowhere", see: "There is no page at this address" },
  { name: "review-candidates", path: postingPath, see: "Aisha Williams" },
  { name: "review-candidates-loading", path: postingPath, see: "Loading candidates", stall: "/candidates" },
  { name: "review-candidates-none-match", path: `${postingPath}?q=zzz`, see: "No candidate matches" },
  { name: "review-candidates-empty", path: "/review/postings/AAAA0001", see: "No candidates yet" },
  {
    name: "review-candidates-failed",
    path: postingPath,
    see: "This could not be loaded",
    before: (mock) => mock.state.failing.set("/candidates", 500),
  },
  { name: "review-questions", path: questionsPath, see: "Asked in the interview" },
  {
    name: "review-questions-writing",
    path: questionsPath,
    see: "Asked in the interview",
    after: async (page) => {
      await page.getByRole("button", { name: "Edit question 1" }).click();
      await page.getByRole("form", { name: "Edit question 1" }).waitFor();
    },
  },
  {
    name: "review-questions-wrong",
    path: questionsPath,
    see: "Asked in the interview",
    after: async (page) => {
      await page.getByRole("button", { name: "Add a question" }).click();
      const form = page.getByRole("form", { name: "New question" });
      await form.getByLabel("Follow-ups from").selectOption("2");
      await form.getByRole("button", { name: "Add" }).click();
      await page.getByText("Write what is asked.").waitFor();
    },
  },
  {
    name: "review-questions-deleting",
    path: questionsPath,
    see: "Asked in the interview",
    after: async (page) => {
      await page.getByRole("button", { name: "Delete question 2" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "review-questions-order-refused",
    path: questionsPath,
    see: "Asked in the interview",
    after: async (page, mock) => {
      mock.state.failing.set("/reorder", 503);
      await page.getByRole("button", { name: "Move question 1 down" }).click();
      await page.getByText("The new order could not be stored").waitFor();
    },
  },
  { name: "review-questions-empty", path: "/review/postings/AAAA0001/questions", see: "No questions yet" },
  { name: "review-questions-loading", path: questionsPath, see: "Loading questions", stall: "/questions" },
  {
    name: "review-questions-failed",
    path: questionsPath,
    see: "This could not be loaded",
    before: (mock) => mock.state.failing.set("/questions", 500),
  },
  {
    name: "review-rehearse",
    path: questionsPath,
    see: "Asked in the interview",
    after: async (page) => {
      await page.getByRole("button", { name: "Rehearse" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  { name: "review-posting-unknown", path: "/review/postings/NOPE", see: "There is nothing here" },
  {
    name: "review-interview",
    ...interviewOf(story.aisha, "Match score", { after: (page) => goTo(page, 63) }),
  },
  {
    name: "review-interview-full",
    ...interviewOf(story.aisha, "Match score", { full: true, after: (page) => goTo(page, 63) }),
  },
  {
    name: "review-interview-rating",
    ...interviewOf(story.aisha, "Match score", {
      after: async (page) => {
        await goTo(page, 63);
        await page.keyboard.press("2");
        await page.keyboard.type("She never reached the one who paid.");
      },
    }),
  },
  {
    name: "review-interview-sound-only",
    ...interviewOf(story.marcus, "Sound only", { full: true, after: (page) => goTo(page, 40) }),
  },
  {
    name: "review-interview-help",
    ...interviewOf(story.aisha, "Match score", {
      after: async (page) => {
        await goTo(page, 10);
        await page.keyboard.press("?");
        await page.getByRole("dialog").waitFor();
      },
    }),
  },
  {
    name: "review-interview-loading",
    ...interviewOf(story.aisha, "Loading the interview", { stall: "/interviews/" }),
  },
  { name: "review-interview-evaluating", ...interviewOf(story.emma, "is being evaluated") },
  { name: "review-interview-in-progress", ...interviewOf(story.david, "David is on the way") },
  { name: "review-interview-pending", ...interviewOf(story.chris, "started yet") },
  { name: "review-interview-erased", ...interviewOf(story.erased, "This was erased") },
  { name: "review-interview-forbidden", ...interviewOf(story.forbidden, "You may not open this") },
  { name: "review-interview-unknown", path: "/review/interviews/NOPE", see: "There is nothing here" },
  { name: "review-interview-failed", ...interviewOf(story.broken, "This could not be loaded") },
  {
    name: "review-interview-media-gone",
    ...interviewOf(story.aisha, "The recording could not be loaded", {
      before: (mock) => {
        mock.state.mediaGone = true;
      },
    }),
  },
];
