/**
 * Pictures of every state of the recruiter's pages, into `docs/screenshots/`:
 *
 *   node e2e/review/screenshots.mjs [folder] [only those whose name contains this]
 */

import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { openBrowser } from "./browser.mjs";
import { openMock } from "./mock.mjs";
import * as story from "./story.mjs";

const out = process.argv[2] ?? fileURLToPath(new URL("../../../docs/screenshots", import.meta.url));
const only = process.argv[3] ?? "";

const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 360, height: 740 };

/** A drawn stand-in for a candidate's camera. */
const SITTER = `<body style="margin:0"><svg viewBox="0 0 640 360" width="640" height="360">
<defs><linearGradient id="w" x1="0" y1="0" x2="1" y2="1"><stop stop-color="#d9cbb8"/><stop offset="1" stop-color="#a79880"/></linearGradient></defs>
<rect width="640" height="360" fill="url(#w)"/><rect x="455" y="30" width="120" height="150" rx="4" fill="#e9e1d2"/><rect x="467" y="42" width="96" height="126" fill="#9fb4b8"/>
<rect x="40" y="200" width="90" height="160" fill="#7d6b55"/><ellipse cx="85" cy="180" rx="55" ry="60" fill="#5f7a57"/>
<path d="M170 360c0-85 60-120 150-120s150 35 150 120z" fill="#3d5a6c"/><path d="M285 200h70v55q-35 30-70 0z" fill="#8a5a3c"/>
<path d="M230 165c-10-110 190-110 180 0 12 60 0 95-20 105 0-70-10-120-70-140-50 25-70 70-70 140-20-10-32-45-20-105z" fill="#241a16"/>
<ellipse cx="320" cy="150" rx="56" ry="72" fill="#9b6844"/><path d="M262 140c10-50 100-60 118 0-30-8-50-20-62-36-10 18-30 30-56 36z" fill="#241a16"/>
<circle cx="299" cy="150" r="5" fill="#241a16"/><circle cx="341" cy="150" r="5" fill="#241a16"/><path d="M300 186q20 14 40 0" stroke="#5d3420" stroke-width="4" fill="none" stroke-linecap="round"/>
</svg></body>`;

const interview = (one) => `/review/interviews/${one.interview_id}`;
const posting = `/review/postings/${story.POSTING_ID}`;

/** Plays to a second that shows a word being said. */
async function playTo(page, seconds) {
  await page.getByLabel("Position in the recording").waitFor();
  await page.waitForFunction(() => document.querySelector("video")?.readyState >= 2);
  await page.evaluate((at) => {
    document.querySelector("video").currentTime = at;
  }, seconds);
  await page.waitForTimeout(900);
}

const SHOTS = [
  { name: "review-login", path: "/review", loggedOut: true },
  { name: "review-expired", path: posting, after: async (page, mock) => {
    mock.state.loggedIn = false;
    await page.getByRole("link", { name: "Questions" }).click();
    await page.getByText("Your session has ended").waitFor();
  } },
  { name: "review-postings", path: "/review" },
  { name: "review-candidates", path: posting },
  { name: "review-candidates-loading", path: posting, before: (mock) => mock.state.failing.clear(), stall: "/candidates" },
  { name: "review-candidates-none-match", path: `${posting}?q=zzz` },
  { name: "review-candidates-empty", path: "/review/postings/AAAA0001" },
  { name: "review-candidates-failed", path: posting, before: (mock) => mock.state.failing.set("/candidates", 500) },
  { name: "review-questions", path: `${posting}/questions` },
  { name: "review-interview", path: interview(story.aisha), after: (page) => playTo(page, 63) },
  { name: "review-interview-full", path: interview(story.aisha), full: true, after: (page) => playTo(page, 63) },
  { name: "review-interview-rating", path: interview(story.aisha), after: async (page) => {
    await playTo(page, 63);
    await page.keyboard.press("2");
    await page.keyboard.type("She never reached the one who paid.");
    await page.waitForTimeout(300);
  } },
  { name: "review-interview-sound-only-resume", path: interview(story.marcus), full: true, after: (page) => playTo(page, 40) },
  { name: "review-interview-help", path: interview(story.aisha), after: async (page) => {
    await playTo(page, 10);
    await page.keyboard.press("?");
    await page.waitForTimeout(200);
  } },
  { name: "review-interview-loading", path: interview(story.aisha), stall: "/interviews/" },
  { name: "review-interview-evaluating", path: interview(story.emma) },
  { name: "review-interview-in-progress", path: interview(story.david) },
  { name: "review-interview-pending", path: interview(story.chris) },
  { name: "review-interview-erased", path: interview(story.erased) },
  { name: "review-interview-forbidden", path: interview(story.forbidden) },
  { name: "review-interview-unknown", path: "/review/interviews/NOPE" },
  { name: "review-interview-failed", path: interview(story.broken) },
  { name: "review-interview-media-gone", path: interview(story.aisha), before: (mock) => { mock.state.mediaGone = true; }, after: async (page) => {
    await page.getByText("The recording could not be loaded").waitFor();
  } },
];

/** Light at both widths for all; dark for what is looked at most. */
function variants(name) {
  const dark = /^review-(login|candidates|questions|interview|interview-full|interview-rating|interview-sound-only-resume|interview-evaluating)$/.test(name);
  return [
    { suffix: "", viewport: WIDE, scheme: "light" },
    { suffix: "-360", viewport: NARROW, scheme: "light" },
    ...(dark ? [{ suffix: "-dark", viewport: WIDE, scheme: "dark" }] : []),
  ];
}

async function shoot(browser, { mock, url }, shot, { suffix, viewport, scheme }) {
  mock.reset();
  mock.state.loggedIn = !shot.loggedOut;
  shot.before?.(mock);
  const context = await browser.newContext({
    viewport,
    colorScheme: scheme,
    reducedMotion: "reduce",
    timezoneId: "Europe/Paris",
    locale: "en-GB",
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => console.error(shot.name, error.message));
  if (shot.stall) await page.route((to) => to.pathname.startsWith("/api/v4") && to.pathname.includes(shot.stall), () => {});
  await page.goto(url + shot.path, { waitUntil: shot.stall ? "domcontentloaded" : "networkidle" });
  await page.waitForTimeout(shot.stall ? 700 : 150);
  await shot.after?.(page, mock);
  await page.screenshot({ path: join(out, `${shot.name}${suffix}.png`), fullPage: shot.full === true || suffix === "-360" });
  await context.close();
}

async function main() {
  await mkdir(out, { recursive: true });
  const folder = await mkdtemp(join(tmpdir(), "review-shots-"));
  const browser = await openBrowser();
  const sitter = await browser.newPage({ viewport: { width: 640, height: 360 } });
  await sitter.setContent(SITTER);
  await sitter.screenshot({ path: join(folder, "sitter.png") });
  await sitter.close();
  const opened = await openMock({ picture: join(folder, "sitter.png") });
  try {
    for (const shot of SHOTS.filter(({ name }) => name.includes(only))) {
      for (const variant of variants(shot.name)) await shoot(browser, opened, shot, variant);
      console.log(shot.name);
    }
  } finally {
    await opened.close();
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
