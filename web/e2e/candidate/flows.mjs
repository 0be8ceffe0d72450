/** Ways through several screens, without a mouse. */

import assert from "node:assert/strict";

import { openStage } from "./stage.mjs";
import * as story from "./story.mjs";

const focused = (page) =>
  page.evaluate(() => document.activeElement?.textContent?.trim().slice(0, 60) ?? "");

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
      await page.getByText("Hi Aisha.").waitFor();
      assert.match(await focused(page), /^Hi Aisha/);
      for (const box of await page.getByRole("checkbox").all()) {
        assert.equal(await box.isChecked(), false, "consent must not be ticked beforehand");
      }
      await tabTo(page, "checkbox", /recorded/);
      await page.keyboard.press("Space");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Space");
      await tabTo(page, "button", "Agree and continue");
      await page.keyboard.press("Enter");
      await page.getByText("Would you like to add your resume?").waitFor();
      assert.match(await focused(page), /resume/);
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
      await page.keyboard.type("Dr. Swift's rewritten answer");
      await page.keyboard.press("Control+Enter");
      await page.keyboard.press("Escape");
      await tabTo(page, "button", /I'm done/);
      await page.keyboard.press("Space");
      await page.keyboard.press("l");
      await tabTo(page, "button", "End the interview");
      await page.keyboard.press("Enter");
      await page.waitForTimeout(200);
      assert.deepEqual(sent.map((message) => message.type), [
        "done_speaking", "more_time", "repeat", "skip", "more_time", "typed_answer",
        "done_speaking", "leave",
      ]);
      assert.equal(sent[5].text, "Dr. Swift's rewritten answer");
      stage.tell({ type: "ended", reason: "candidate_left", redirect_url: null });
      await page.getByText("Goodbye, Aisha.").waitFor();
    });
  },

  /** A reload comes back to the room by itself, within 5 s, with the draft kept. */
  async reload(browser, address) {
    const service = { interview: story.atInterview(), events: story.midway("listening") };
    await withStage(browser, service, async ({ page }) => {
      await page.goto(address + story.PAGE);
      await page.getByRole("button", { name: "Start the interview" }).click();
      await page.getByText("Question 2 of 5").waitFor();
      await page.keyboard.press("t");
      await page.getByLabel("Your answer").fill("Half an ans");
      const before = Date.now();
      await page.reload();
      await page.getByText("Question 2 of 5").waitFor({ timeout: 5000 });
      await page.getByText("Rachel is listening").waitFor({ timeout: 5000 });
      assert.ok(Date.now() - before < 5000);
      await page.keyboard.press("t");
      assert.equal(await page.getByLabel("Your answer").inputValue(), "Half an ans");
    });
  },

  /** Socket and sound both lost: back within 5 s of the network's return, same question. */
  async drop(browser, address) {
    const service = { interview: story.atInterview(), events: story.midway("listening") };
    await withStage(browser, service, async ({ page, calls }) => {
      await page.goto(address + story.PAGE);
      await page.getByRole("button", { name: "Start the interview" }).click();
      await page.getByText("Rachel is listening").waitFor();
      service.offline = true;
      await page.evaluate(() => window.__peers.at(-1).become("failed"));
      await page.getByText("You're still here; reconnecting").waitFor();
      await page.waitForTimeout(2500);
      service.offline = false;
      const before = Date.now();
      await page.getByText("Rachel is listening").waitFor({ timeout: 5000 });
      assert.ok(Date.now() - before < 5000);
      assert.ok(await page.getByText("Question 2 of 5").isVisible());
      assert.ok(calls.filter((call) => call.endsWith("/connect")).length >= 2);
    });
  },

  /** The camera's chunks go out in order while the interview runs, and the rest after it. */
  async camera(browser, address) {
    const service = { interview: story.atInterview(), events: story.midway("listening") };
    await withStage(browser, service, async (stage) => {
      const { page, calls } = stage;
      await page.goto(address + story.PAGE);
      await page.getByRole("button", { name: "Start the interview" }).click();
      await page.getByText("Rachel is listening").waitFor();
      await page.waitForTimeout(5000);
      stage.tell({ type: "ended", reason: "completed", redirect_url: null });
      await page.getByText("Your video has arrived in full").waitFor();
      const camera = calls.filter((call) => call.includes("/camera/")).map((call) => call.split("/").at(-1));
      assert.ok(camera.length >= 3, `only ${camera.join(",")}`);
      assert.deepEqual(camera, [...camera.slice(0, -1).map((_, seq) => String(seq)), "finish"]);
    });
  },
};
