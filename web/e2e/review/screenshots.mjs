/**
 * Pictures of every state of the recruiter's pages, into `docs/screenshots/`:
 *
 *   node e2e/review/screenshots.mjs [folder] [only those whose name contains this]
 */

import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { openBrowser, openState } from "./browser.mjs";
import { openMock } from "./mock.mjs";
import { STATES } from "./states.mjs";

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

/** Light at both widths for all; dark for what is looked at most. */
function variants(name) {
  const dark = /^review-(login|candidates|questions|interview|interview-full|interview-rating|interview-sound-only|interview-evaluating)$/.test(name);
  return [
    { suffix: "", viewport: WIDE, scheme: "light" },
    // Narrow pictures show the whole length anyway.
    ...(name.endsWith("-full") ? [] : [{ suffix: "-360", viewport: NARROW, scheme: "light" }]),
    ...(dark ? [{ suffix: "-dark", viewport: WIDE, scheme: "dark" }] : []),
  ];
}

async function shoot(browser, opened, state, { suffix, viewport, scheme }) {
  const { page, close } = await openState(browser, opened, state, { viewport, scheme });
  page.on("pageerror", (error) => console.error(state.name, error.message));
  const fullPage = state.full === true || viewport === NARROW;
  await page.screenshot({ path: join(out, `${state.name}${suffix}.png`), fullPage });
  await close();
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
    for (const state of STATES.filter(({ name }) => name.includes(only))) {
      for (const variant of variants(state.name)) await shoot(browser, opened, state, variant);
      console.log(state.name);
    }
  } finally {
    await opened.close();
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
