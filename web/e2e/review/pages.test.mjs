/**
 * The recruiter's pages in a real browser over the mock service: every state looked at by axe at
 * both widths and in both themes, then what a recruiter does, mostly by keyboard.
 *
 *   node --test e2e/review/pages.test.mjs
 */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, beforeEach, describe, it } from "node:test";

import { openBrowser, openState, PATIENCE, slowDown } from "./browser.mjs";
import { API_KEY, openMock } from "./mock.mjs";
import { goTo, interviewPath, painted, postingPath, questionsPath, STATES } from "./states.mjs";
import * as story from "./story.mjs";

const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 360, height: 740 };
const VIEWS = [
  { viewport: WIDE, scheme: "light" },
  { viewport: WIDE, scheme: "dark" },
  { viewport: NARROW, scheme: "dark" },
];

const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser;
let opened;
let mock;
before(async () => {
  [browser, opened] = await Promise.all([openBrowser(), openMock()]);
  mock = opened.mock;
});
after(async () => {
  await browser?.close();
  await opened?.close();
});

async function violations(page) {
  await page.evaluate(axeSource);
  const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return result.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 140)).join(" | ")}`,
  );
}

const spill = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** Runs in the page: notes where a recording is sent, in `window.sought`. */
function noteSeeks() {
  const clock = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "currentTime");
  Object.defineProperty(HTMLMediaElement.prototype, "currentTime", {
    ...clock,
    set(seconds) {
      window.sought = seconds;
      clock.set.call(this, seconds);
    },
  });
}

describe("every state", () => {
  for (const state of STATES) {
    it(state.name, async () => {
      const { page, close } = await openState(browser, opened, state, VIEWS[0]);
      const errors = [];
      page.on("pageerror", (error) => errors.push(error.message));
      for (const view of VIEWS) {
        await page.emulateMedia({ colorScheme: view.scheme });
        await page.setViewportSize(view.viewport);
        const what = `${view.viewport.width} px, ${view.scheme}`;
        assert.deepEqual(await violations(page), [], what);
        assert.ok((await spill(page)) <= 0, `${what}: wider than the screen`);
        assert.equal(await page.locator("h1").count(), 1, `${what}: one title`);
      }
      assert.deepEqual(errors, []);
      await close();
    });
  }
});

describe("a recruiter", () => {
  let page;
  let context;
  beforeEach(async (test) => {
    mock.reset();
    context = await browser.newContext({ viewport: WIDE, reducedMotion: "reduce" });
    page = await context.newPage();
    await slowDown(page);
    await page.addInitScript(noteSeeks);
    test.after?.(() => context.close());
  });

  const open = async (path) => {
    mock.state.loggedIn = true;
    await page.goto(opened.url + path);
  };
  const openInterview = async (one = story.aisha) => {
    await open(interviewPath(one));
    await page.waitForFunction(() => document.querySelector("video")?.readyState >= 1);
  };
  /** Where the page last sent the recording, however far it has played since. */
  const sought = () => page.evaluate(() => window.sought);
  const near = async (expected, tolerance = 0.6) => {
    const at = await sought();
    assert.ok(Math.abs(at - expected) < tolerance, `sent to ${at}, expected about ${expected}`);
  };
  const focusIn = (selector) =>
    page.waitForFunction((one) => document.activeElement?.matches(one), selector);
  const question = (index) =>
    page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: `Question ${index}:` }) });
  const turn = (id) => story.aisha.web_interview.transcript.find((one) => one.turn_id === id);

  it("logs in by keyboard, is told of a wrong key, and finds a candidate", async () => {
    await page.goto(opened.url + interviewPath(story.aisha));
    await page.getByLabel("API key").focus();
    await page.keyboard.type("wrong");
    await page.keyboard.press("Enter");
    await page.getByText("This key is not known").waitFor();
    await page.getByLabel("API key").fill(API_KEY);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Aisha Williams" }).waitFor();
    const kept = await page.evaluate((key) => JSON.stringify({ ...localStorage, ...sessionStorage }).includes(key), API_KEY);
    assert.equal(kept, false, "the key is kept nowhere in the browser");
  });

  it("goes from the postings to an interview by keyboard alone", async () => {
    await open("/review");
    const press = async (name) => {
      for (let i = 0; i < 60; i += 1) {
        await page.keyboard.press("Tab");
        const at = await page.evaluate(() => document.activeElement?.textContent ?? "");
        if (at.startsWith(name)) return page.keyboard.press("Enter");
      }
      return assert.fail(`Tab never reached ${name}`);
    };
    await page.getByRole("link", { name: "Sales Representative" }).waitFor();
    await press("Sales Representative");
    await page.getByRole("link", { name: "Aisha Williams" }).waitFor();
    await press("Aisha Williams");
    await page.getByRole("heading", { name: "Scorecard" }).waitFor();
  });

  it("is told of a request for a person, and what the page noticed", async () => {
    await open(interviewPath(story.marcus));
    await page.getByText("Asked to talk with a person").waitFor();
    const noticed = page.getByRole("region", { name: "Noticed by the page" });
    await noticed.getByText("Never part of a score").waitFor();
    assert.equal(await noticed.getByRole("listitem").count(), 3);
    await open(interviewPath(story.aisha));
    await page.getByRole("heading", { name: "Scorecard" }).waitFor();
    assert.equal(await page.getByText(/Asked to talk with a person|Noticed by the page/).count(), 0);
  });

  it("plays with Space and steps by answer and by word", async () => {
    await openInterview();
    await page.keyboard.press("ArrowRight");
    await near(turn("T003").start);
    await page.keyboard.press("ArrowRight");
    await near(turn("T006").start);
    await page.keyboard.press("ArrowLeft");
    await near(turn("T003").start);
    await page.keyboard.press(".");
    assert.ok((await sought()) > turn("T003").start);
    await page.keyboard.press("Space");
    await page.waitForFunction(() => !document.querySelector("video").paused);
    await page.waitForFunction((from) => document.querySelector("video").currentTime > from + 0.5, turn("T003").start);
    await page.keyboard.press("Space");
    await page.waitForFunction(() => document.querySelector("video").paused);
    await page.keyboard.press("Space");
    await page.getByLabel("Speed").selectOption("2");
    assert.equal(await page.evaluate(() => document.querySelector("video").playbackRate), 2);
  });

  it("jumps to quotes, words, highlights and questions", async () => {
    await openInterview();
    const quote = story.aisha.web_interview.scorecard[1].evidence[1];
    await page.getByRole("button", { name: quote.quote }).click();
    await near(quote.start);
    await page.waitForFunction(() => !document.querySelector("video").paused);
    await page.keyboard.press("Space");
    await page.waitForFunction(() => document.querySelector("video").paused);
    await page.getByText("upfront", { exact: true }).click();
    const at = await sought();
    assert.ok(at > turn("T003").start && at < turn("T003").end);
    await page.getByRole("listitem").filter({ hasText: "Does not know Salesforce" }).getByRole("button").click();
    await near(story.aisha.web_interview.scorecard[3].evidence[2].start);
    await page.getByRole("button", { name: /^Question 5:/ }).click();
    await near(turn("T021").start);
  });

  it("moves by five seconds on the time line's slider", async () => {
    await openInterview();
    await goTo(page, 60);
    await page.getByLabel("Position in the recording").focus();
    await page.keyboard.press("ArrowRight");
    await near(65);
    await page.keyboard.press("ArrowLeft");
    await near(60);
  });

  it("skips silences when asked to", async () => {
    await openInterview();
    await page.getByRole("button", { name: "Skip silences" }).click();
    const silence = { from: turn("T016").end, to: turn("T017").start };
    assert.ok(silence.to - silence.from > 5);
    await goTo(page, silence.from + 0.2);
    await page.evaluate(() => document.querySelector("video").play());
    // Sent over it, not played through it.
    await page.waitForFunction((to) => window.sought > to - 0.5, silence.to);
  });

  it("disagrees by key, with a reason, and sees both scores", async () => {
    await openInterview();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("2");
    await focusIn("textarea");
    await page.keyboard.press("Control+Enter");
    await page.getByText("Say why, in a few words.").waitFor();
    await page.keyboard.type("She never reached the one who paid.");
    await page.keyboard.press("Control+Enter");
    await page.getByText("Your score: 2").waitFor();
    await question(1).getByText("instead of the AI’s 3").waitFor();
    await page.getByText("with your scores; the AI’s: 80").waitFor();
    assert.deepEqual(mock.state.posted, [
      {
        path: `/api/v4/interviews/${story.aisha.interview_id}/review`,
        body: { question_id: "Q001", score: 2, reason: "She never reached the one who paid." },
      },
    ]);
    await near(turn("T003").start);
    await page.waitForFunction(() => document.activeElement?.textContent?.includes("Change my score"));
  });

  it("leaves the score alone on Escape and when storing fails", async () => {
    await openInterview();
    const form = page.getByRole("form", { name: "Your score" });
    await page.keyboard.press("4");
    await form.waitFor();
    await page.keyboard.press("Escape");
    await form.waitFor({ state: "detached" });
    mock.state.failing.set("/review", 503);
    await page.keyboard.press("4");
    await focusIn("textarea");
    await page.keyboard.type("because");
    await page.keyboard.press("Control+Enter");
    await page.getByText("Made to fail.").waitFor();
    assert.equal(await page.getByRole("textbox", { name: "Why" }).inputValue(), "because");
  });

  it("shortlists and dismisses", async () => {
    await openInterview();
    await page.getByRole("button", { name: "Shortlist" }).click();
    await page.getByRole("button", { name: "Shortlisted", pressed: true }).waitFor();
    await page.getByRole("button", { name: "Dismiss" }).click();
    await page.getByRole("button", { name: "Dismissed", pressed: true }).waitFor();
  });

  it("sees an evaluation end by itself", async () => {
    await open(interviewPath(story.emma));
    await page.getByText("is being evaluated").waitFor();
    const done = { ...structuredClone(story.aisha), interview_id: story.emma.interview_id, name: story.emma.name };
    mock.interviews.set(story.emma.interview_id, done);
    await page.getByRole("heading", { name: "Scorecard" }).waitFor();
  });

  it("gets the recording back when its address has run out, at the same second", async () => {
    mock.state.mediaGone = true;
    await open(interviewPath(story.aisha));
    await page.getByText("The recording could not be loaded").waitFor();
    const quote = story.aisha.web_interview.scorecard[1].evidence[1];
    await page.getByRole("button", { name: quote.quote }).click();
    mock.state.mediaGone = false;
    await page.getByRole("button", { name: "Load it again" }).click();
    await page.waitForFunction(() => document.querySelector("video").readyState >= 1);
    await near(quote.start);
    await page.waitForFunction((from) => document.querySelector("video").currentTime >= from - 0.6, quote.start);
  });

  it("reads captions made from the transcript", async () => {
    await openInterview();
    await page.getByRole("button", { name: /^CC/ }).click();
    await goTo(page, turn("T006").start + 1);
    await page.waitForFunction(() => document.querySelector("video").textTracks[0].activeCues?.length > 0);
    const shown = await page.evaluate(() => {
      const [track] = document.querySelector("video").textTracks;
      return [track.mode, ...[...track.activeCues].map((cue) => cue.text)];
    });
    assert.equal(shown[0], "showing");
    assert.match(shown[1], /^Candidate: It was forty two thousand/);
  });

  it("is asked for the key when the session ends, and comes back to the same page", async () => {
    await openInterview();
    mock.state.loggedIn = false;
    await page.getByRole("button", { name: "Shortlist" }).click();
    await page.getByText("Your session has ended").waitFor();
    await page.getByLabel("API key").fill(API_KEY);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Aisha Williams" }).waitFor();
  });

  it("logs out", async () => {
    await open("/review");
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByText("You are logged out").waitFor();
    await page.reload();
    await page.getByLabel("API key").waitFor();
  });

  it("sorts, filters, searches and loads more, and the address remembers it", async () => {
    await open(postingPath);
    const first = page.locator("tbody tr").first();
    await page.getByRole("button", { name: "Score" }).click();
    const best = Math.max(...story.candidates.slice(0, 100).map((one) => one.score ?? 0));
    await first.getByText(String(best), { exact: true }).waitFor();
    await page.getByRole("button", { name: "Load more" }).click();
    await page.getByText("125 of 125").waitFor();
    await page.getByLabel("Status").selectOption("shortlisted");
    await page.getByText(/^21 of 21$/).waitFor();
    await page.getByLabel("Search").fill("marcus");
    await page.getByText("1 of 1", { exact: true }).waitFor();
    await page.reload();
    await page.getByText("1 of 1", { exact: true }).waitFor();
    assert.equal(await page.getByLabel("Search").inputValue(), "marcus");
    assert.equal(await page.getByRole("columnheader", { name: "Score" }).getAttribute("aria-sort"), "descending");
  });

  const voiceIds = () =>
    mock.questions
      .filter((one) => one.modality === "voice")
      .sort((a, b) => a.rank - b.rank)
      .map((one) => one.id);
  /** Waits until the service has stored that order, and the page shows it. */
  const ordered = async (ids) => {
    await page.waitForFunction(
      (wanted) => [...document.querySelectorAll("li[data-id]")].map((one) => one.dataset.id).join().startsWith(wanted),
      ids.join(),
    );
    const end = Date.now() + PATIENCE;
    while (voiceIds().join() !== ids.join() && Date.now() < end) await painted(page);
    assert.deepEqual(voiceIds(), ids);
  };

  it("orders questions with the arrow keys, and the focus goes along", async () => {
    await open(questionsPath);
    await page.getByRole("button", { name: "Order question 1 with the arrow keys" }).focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await ordered(["Q002", "Q003", "Q001", "Q004", "Q005"]);
    await page.getByText("Now number 3 of 5.").waitFor();
    await focusIn("[data-id=Q001] [data-act=grip]");
    await page.keyboard.press("ArrowUp");
    await ordered(["Q002", "Q001", "Q003", "Q004", "Q005"]);
    await page.reload();
    await ordered(["Q002", "Q001", "Q003", "Q004", "Q005"]);
  });

  it("orders questions by dragging, by one press, and not at all on Escape", async () => {
    await open(questionsPath);
    const grip = (n) => page.getByRole("button", { name: `Order question ${n} with the arrow keys` });
    const middle = async (locator) => {
      const box = await locator.boundingBox();
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    };
    const dragOver = async (from, id) => {
      await grip(from).scrollIntoViewIfNeeded();
      const start = await middle(grip(from));
      await page.mouse.move(start.x, start.y);
      await page.mouse.down();
      const over = await middle(page.locator(`[data-id=${id}]`));
      await page.mouse.move(start.x, over.y + 20 * Math.sign(over.y - start.y), { steps: 5 });
    };
    await dragOver(1, "Q002");
    await page.mouse.up();
    await ordered(["Q002", "Q001", "Q003", "Q004", "Q005"]);
    await page.evaluate(() => window.scrollTo(0, 0));
    await dragOver(2, "Q002");
    await page.keyboard.press("Escape");
    await page.mouse.up();
    await page.locator("[data-dragged]").waitFor({ state: "detached" });
    await ordered(["Q002", "Q001", "Q003", "Q004", "Q005"]);
    await page.getByRole("button", { name: "Move question 5 up" }).click();
    await ordered(["Q002", "Q001", "Q003", "Q005", "Q004"]);
  });

  it("changes a question by keyboard, told what is wrong, and only what changed is sent", async () => {
    await open(questionsPath);
    const sent = [];
    page.on("request", (request) => request.method() === "PATCH" && sent.push(request.postDataJSON()));
    await page.getByRole("button", { name: "Edit question 2" }).focus();
    await page.keyboard.press("Enter");
    const form = page.getByRole("form", { name: "Edit question 2" });
    await form.getByLabel("Weight").fill("none");
    await page.keyboard.press("Control+Enter");
    await form.getByText("A number from 0 up").waitFor();
    await form.getByLabel("Weight").fill("4,5");
    await form.getByLabel("Follow-ups to").selectOption("3");
    await form.getByLabel("A 1 sounds like").fill("");
    await page.keyboard.press("Control+Enter");
    await page.getByText("weight 4.5").waitFor();
    await page.getByText("1–3 follow-ups").waitFor();
    assert.deepEqual(sent, [{ score_of_1: "", score_weight: 4.5, max_follow_ups: 3 }]);
    await focusIn("[data-id=Q002] [data-act=edit]");
  });

  it("adds a question and a criterion, and deletes one after being asked", async () => {
    await open(questionsPath);
    await page.getByRole("button", { name: "Add a question" }).click();
    await page.getByLabel("Question", { exact: true }).fill("What would your last team miss?");
    await page.keyboard.press("Control+Enter");
    await page.getByRole("heading", { name: "What would your last team miss?" }).waitFor();
    await page.getByRole("button", { name: "Add a criterion" }).click();
    const form = page.getByRole("form", { name: "New criterion" });
    await form.getByLabel("What is looked for").fill("Worked in two languages");
    await form.getByRole("button", { name: "Add" }).click();
    await page.getByRole("region", { name: "A resume is scored by" }).getByText("Worked in two languages").waitFor();
    await page.getByRole("button", { name: "Delete question 1" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("heading", { name: story.questions[0].text }).waitFor({ state: "detached" });
    assert.deepEqual(voiceIds(), ["Q002", "Q003", "Q004", "Q005", "N10"]);
  });

  it("keeps the last question, and what was written when storing fails", async () => {
    mock.questions = mock.questions.filter((one) => one.id === "Q001");
    await open(questionsPath);
    await page.getByRole("button", { name: "Delete question 1" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByText("An active posting keeps at least one question.").waitFor();
    await page.getByRole("button", { name: "Keep it" }).click();
    mock.state.failing.set("/questions/", 503);
    await page.getByRole("button", { name: "Edit question 1" }).click();
    await page.getByLabel("Question", { exact: true }).fill("What else?");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Made to fail.").waitFor();
    assert.equal(await page.getByLabel("Question", { exact: true }).inputValue(), "What else?");
  });

  it("gets the command that rehearses this posting", async () => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await open(postingPath);
    await page.getByRole("button", { name: "Rehearse" }).click();
    await page.getByLabel("Candidate").selectOption("vague");
    await page.getByRole("button", { name: "Copy the command" }).click();
    await page.getByText("Copied").waitFor();
    assert.equal(
      await page.evaluate(() => navigator.clipboard.readText()),
      `.venv/bin/interviewer rehearse ${story.POSTING_ID} \\\n  --persona vague \\\n  --url ${opened.url}`,
    );
  });

  it("tells seen candidates from unseen ones", async () => {
    await open(postingPath);
    const link = (name) => page.getByRole("link", { name });
    await link("Aisha Williams (unseen)").click();
    await page.getByRole("heading", { name: "Scorecard" }).waitFor();
    await page.goBack();
    await link("Marcus Johnson (unseen)").waitFor();
    await link(/^Aisha Williams$/).waitFor();
  });

  it("sees nothing jump while data arrive", async () => {
    await page.addInitScript(() => {
      window.shifted = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.shifted += entry.value;
      }).observe({ type: "layout-shift", buffered: true });
    });
    let asked = 0;
    page.on("request", (request) => (asked += request.url().includes("/api/") ? 1 : 0));
    for (const end of ["requestfinished", "requestfailed"]) {
      page.on(end, (request) => (asked -= request.url().includes("/api/") ? 1 : 0));
    }
    for (const path of ["/review", postingPath, interviewPath(story.aisha)]) {
      mock.state.delay = 300;
      await open(path);
      await page.locator(":is(table, #scorecard-title):visible").first().waitFor();
      do await painted(page);
      while (asked > 0);
      await page.waitForFunction(() => (document.querySelector("video")?.readyState ?? 1) >= 1);
      await painted(page);
      const shifted = await page.evaluate(() => window.shifted);
      assert.ok(shifted < 0.02, `${path} moved by ${shifted}`);
    }
  });
});
