/** A Chromium for the page tests: the machine's own, found by the usual names or `CHROMIUM`. */

import { access } from "node:fs/promises";

import { chromium } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

async function executable() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const path of PLACES) {
    if (await access(path).then(() => true, () => false)) return path;
  }
  throw new Error(`no Chromium at ${PLACES.join(", ")}; set CHROMIUM`);
}

export async function openBrowser() {
  return chromium.launch({
    executablePath: await executable(),
    args: ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--mute-audio"],
  });
}

/** How long a page may take to show what it should, ms: far more than a busy machine needs. */
export const PATIENCE = 90_000;

/**
 * Makes a page's scripts so many times slower, by `SLOWDOWN`: what holds at 6 does not hang on how
 * fast this machine is.
 */
export async function slowDown(page) {
  page.setDefaultTimeout(PATIENCE);
  const rate = Number(process.env.SLOWDOWN ?? 1);
  if (rate <= 1) return;
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate });
}

/** A page in one of `states.mjs`, in a browser context of its own. */
export async function openState(browser, { mock, url }, state, { viewport, scheme }) {
  mock.reset();
  mock.state.loggedIn = !state.loggedOut;
  state.before?.(mock);
  const context = await browser.newContext({
    viewport,
    colorScheme: scheme,
    reducedMotion: "reduce",
    timezoneId: "Europe/Paris",
    locale: "en-GB",
  });
  const page = await context.newPage();
  await slowDown(page);
  const stalled = (to) => to.pathname.startsWith("/api/v4") && to.pathname.includes(state.stall);
  if (state.stall) await page.route(stalled, () => {});
  await page.goto(url + state.path, { waitUntil: "domcontentloaded" });
  await page.getByText(state.see).first().waitFor({ state: "attached" });
  await state.after?.(page, mock);
  return { page, context, close: () => context.close() };
}
