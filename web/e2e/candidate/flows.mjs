/** Ways through several screens, without a mouse. */

import assert from "node:assert/strict";

import { openStage } from "./stage.mjs";
import * as story from "./story.mjs";

const focused = (page) =>
  page.evaluate(() => document.activeElement?.textContent?.trim().slice(0, 60) ?? "");

/** Waits until what has the focus begins with that text. */
const focusOn = (page, text) =>
  page.waitForFunction((wanted) => document.activeElement?.textContent?.trim().startsWith(wanted), text);

/** Tab until something with that name has the focus. */
async function tabTo(page, kind, name) {
  const target = page.getByRole(kind, { name }).first();
  for (let presses = 0; presses < 40; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never reached ${kind} ${name}; at: ${await focused(page)}`);
}

async function withStage(browser, service, body, devices) {
  const context = await browser.newContext();
  const stage = await openStage(context, service, devices);
  try {
    await body(stage);
  } finally {
    await context.close();
  }
}

export const flows = {
  /** Welcome to end by keyboard alone; each screen's heading takes the focus. */
  async keyboard(browser, address) {
    const service = {
      interview: story.interview(),
      consent: { interview: story.atResume() },
      "resume/skip": { interview: story.atInterview() },
      events: story.midway("listening"),
    };
    await withStage(browser, service, async (stage) => {
      const { page, sent } = stage;
      await page.goto(address + story.PAGE);
      await focusOn(page, "Hi Aisha.");
      for (const box of await page.getByRole("checkbox").all()) {
        assert.equal(await box.isChecked(), false, "consent must not be ticked beforehand");
      }
      await tabTo(page, "checkbox", /recorded/);
      await page.keyboard.press("Space");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Space");
      await tabTo(page, "button", "Agree and continue");
      await page.keyboard.press("Enter");
      await focusOn(page, "Would you like to add your resume?");
      await tabTo(page, "button", "Go on without");
      await page.keyboard.press("Enter");
      await page.getByText("We hear you well").waitFor();
      await tabTo(page, "button", "Start the interview");
      await page.keyboard.press("Enter");
      await page.getByText("Question 2 of 5").waitFor();
      // The question shows as soon as it is told; the buttons work once the sound is there too.
      await page.getByText("Rachel is listening").waitFor();

      for (const key of ["d", "w", "r", "s"]) await page.keyboard.press(key);
      await page.keyboard.press("t");
      await page.waitForFunction(() => document.activeElement?.tagName === "TEXTAREA");
      await page.keyboard.type("Dr. Swift's rewritten answer");
      await page.keyboard.press("Control+Enter");
      await page.keyboard.press("Escape");
      await tabTo(page, "button", /I'm done/);
      await page.keyboard.press("Space");
      await page.keyboard.press("l");
      await tabTo(page, "button", "End the interview");
      await page.keyboard.press("Enter");
      await stage.until(() => sent.some(({ type }) => type === "leave"), "leave");
      assert.deepEqual(sent.map((message) => message.type), [
        "done_speaking", "more_time", "repeat", "skip", "more_time", "typed_answer",
        "done_speaking", "leave",
      ]);
      assert.equal(sent[5].text, "Dr. Swift's rewritten answer");
      stage.tell({ type: "ended", reason: "candidate_left", redirect_url: null });
      await page.getByText("Goodbye, Aisha.").waitFor();
    });
  },

  /** Another attempt is asked for once, and goes on at its own address. */
  async takeAgain(browser, address) {
    const service = {
      interview: story.mayTryAgain(Date.UTC(2026, 0, 1) / 1000),
      retake: {
        status: 201,
        contentType: "application/json",
        body: JSON.stringify({
          data: { interview_id: "B", interview_url: "https://elsewhere.example/cloudmetrics/i/B" },
        }),
      },
    };
    await withStage(browser, service, async ({ page, calls }) => {
      await page.goto(address + story.PAGE);
      await page.getByRole("button", { name: "Take the interview again" }).click();
      await page.getByRole("button", { name: "Not now" }).click();
      assert.equal(calls.filter((call) => call.endsWith("/retake")).length, 0);
      await page.getByRole("button", { name: "Take the interview again" }).click();
      await page.getByRole("button", { name: "Begin again" }).click();
      await page.waitForURL("**/cloudmetrics/i/B");
      assert.equal(calls.filter((call) => call.endsWith("/retake")).length, 1);
    });
  },

  /** A reload comes back to the room by itself, with the draft kept. */
  async reload(browser, address) {
    const service = { interview: story.atInterview(), events: story.midway("listening") };
    await withStage(browser, service, async ({ page }) => {
      await page.goto(address + story.PAGE);
      await page.getByRole("button", { name: "Start the interview" }).click();
      await page.getByText("Question 2 of 5").waitFor();
      await page.keyboard.press("t");
      await page.getByLabel("Your answer").fill("Half an ans");
      await page.reload();
      await page.getByText("Question 2 of 5").waitFor();
      await page.getByText("Rachel is listening").waitFor();
      await page.keyboard.press("t");
      assert.equal(await page.getByLabel("Your answer").inputValue(), "Half an ans");
    });
  },

  /**
   * Socket and sound both lost: tried until the network is back, then the same question. How long
   * the waits between are is for `interviewConnection.test.ts`, on a clock of its own.
   */
  async drop(browser, address) {
    const service = { interview: story.atInterview(), events: story.midway("listening") };
    await withStage(browser, service, async ({ page, calls, until }) => {
      const tries = () => calls.filter((call) => call.endsWith("/connect")).length;
      await page.goto(address + story.PAGE);
      await page.getByRole("button", { name: "Start the interview" }).click();
      await page.getByText("Rachel is listening").waitFor();
      service.offline = true;
      await page.evaluate(() => window.__peers.at(-1).become("failed"));
      await page.getByText("You're still here; reconnecting").waitFor();
      await until(() => tries() >= 3, "more than one try");
      assert.ok(await page.getByText("You're still here; reconnecting").isVisible());
      service.offline = false;
      await page.getByText("Rachel is listening").waitFor();
      assert.ok(await page.getByText("Question 2 of 5").isVisible());
    });
  },

  /** The camera's chunks go out in order while the interview runs, and the rest after it. */
  async camera(browser, address) {
    const service = { interview: story.atInterview(), events: story.midway("listening") };
    await withStage(browser, service, async (stage) => {
      const { page } = stage;
      const chunks = () => stage.calls.filter((call) => call.includes("/camera/"));
      await page.goto(address + story.PAGE);
      await page.getByRole("button", { name: "Start the interview" }).click();
      await page.getByText("Rachel is listening").waitFor();
      await stage.until(() => chunks().length >= 2, "two chunks of the camera's");
      stage.tell({ type: "ended", reason: "completed", redirect_url: null });
      await page.getByText("Your video has arrived in full").waitFor();
      const camera = chunks().map((call) => call.split("/").at(-1));
      assert.ok(camera.length >= 3, `only ${camera.join(",")}`);
      assert.deepEqual(camera, [...camera.slice(0, -1).map((_, seq) => String(seq)), "finish"]);
    });
  },

  /** The chosen speaker plays the test and the voice, outlives a reload, and its loss is told. */
  async speaker(browser, address) {
    const service = { interview: story.atInterview(), events: story.midway("listening") };
    await withStage(browser, service, async ({ page }) => {
      const playedOn = (what, id) =>
        page.waitForFunction(
          ([kind, sink]) => window.__sinks.filter(([one]) => one === kind).at(-1)?.[1] === sink,
          [what, id],
        );
      await page.goto(address + story.PAGE);
      await page.getByLabel("Speaker").selectOption({ label: "Headset" });
      await page.getByRole("button", { name: "Play a test sound" }).click();
      await playedOn("test", "out-2");
      await page.reload();
      await page.waitForFunction(
        () => document.querySelector("select option[value=out-2]")?.selected === true,
      );
      await page.getByRole("button", { name: "Start the interview" }).click();
      await page.getByText("Rachel is listening").waitFor();
      await playedOn("voice", "out-2");
      await page.evaluate(() => window.__unplug("out-2"));
      await page.getByText("Headset can't be used right now").waitFor();
      await playedOn("voice", "");
      await page.getByRole("button", { name: "All right" }).click();
      await page.getByText("Headset can't be used right now").waitFor({ state: "detached" });
    });
  },
};
