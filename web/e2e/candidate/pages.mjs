/**
 * Looks at every state of the candidate's pages, at 360 and 1440 px, light and dark: what must be
 * seen is there, axe finds nothing, nothing sticks out. Then holds an interview by keyboard
 * alone. Pictures go to `docs/screenshots/`.
 *
 *   node e2e/candidate/pages.mjs [only states whose name contains this]
 */

import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

import { openBrowser } from "../review/browser.mjs";
import { flows } from "./flows.mjs";
import { openStage, servePages } from "./stage.mjs";
import { STATES } from "./states.mjs";
import { PAGE } from "./story.mjs";

const only = process.argv[2] ?? "";
const out = fileURLToPath(new URL("../../../docs/screenshots", import.meta.url));
const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const VIEWS = [
  { name: "wide", width: 1440, height: 900, colorScheme: "light", shot: true },
  { name: "wide-dark", width: 1440, height: 900, colorScheme: "dark" },
  { name: "phone-light", width: 360, height: 740, colorScheme: "light" },
  { name: "phone", width: 360, height: 740, colorScheme: "dark", shot: true },
];

let looks = 0;
const failures = [];
const check = (ok, what) => {
  if (!ok) failures.push(what);
};

async function axe(page, what) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  for (const { id, nodes } of violations) {
    check(false, `${what}: axe ${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`);
  }
}

async function lookAt(browser, address, state) {
  const context = await browser.newContext({ reducedMotion: "reduce", viewport: VIEWS[0] });
  const stage = await openStage(context, structuredClone(state.service), state.devices);
  const { page } = stage;
  page.on("pageerror", (error) => check(false, `${state.name}: ${error.message}`));
  try {
    await page.goto(address + (state.path ?? PAGE));
    await state.act?.(stage);
    await page.getByText(state.see).first().waitFor();
    for (const view of VIEWS) await lookIn(page, state.name, view);
  } catch (error) {
    check(false, `${state.name}: ${error.message.split("\n")[0]}`);
  }
  await context.close();
}

async function lookIn(page, name, view) {
  const what = `${name} (${view.name})`;
  await page.setViewportSize(view);
  await page.emulateMedia({ colorScheme: view.colorScheme, reducedMotion: "reduce" });
  await axe(page, what);
  const spill = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  check(spill <= 0, `${what}: sticks out by ${spill} px`);
  looks += 1;
  if (!view.shot) return;
  await page.screenshot({
    path: `${out}/candidate-${name}-${view.name}.png`,
    fullPage: !name.startsWith("room"),
  });
}

await mkdir(out, { recursive: true });
const pages = await servePages();
const browser = await openBrowser();
for (const state of STATES.filter(({ name }) => name.includes(only))) {
  await lookAt(browser, pages.address, state);
}
for (const [name, flow] of Object.entries(flows).filter(([name]) => name.includes(only))) {
  looks += 1;
  await flow(browser, pages.address).catch((error) => check(false, `${name}: ${error.message}`));
}
await browser.close();
await pages.close();
for (const failure of failures) console.error(failure);
console.log(`${looks - failures.length} passed, ${failures.length} failed`);
process.exitCode = failures.length > 0 ? 1 : 0;
