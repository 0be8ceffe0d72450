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
