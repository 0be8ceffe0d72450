import { expect, test } from "vitest";

import { explain } from "./mediaProblems";

const CHROME =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
const SAFARI =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15";
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1";
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

test.each([
  ["NotAllowedError", "denied"],
  ["NotFoundError", "missing"],
  ["OverconstrainedError", "missing"],
  ["NotReadableError", "busy"],
  ["AbortError", "busy"],
  ["SomethingNew", "unknown"],
])("%s is explained as %s", (name, code) => {
  const problem = explain("microphone", new DOMException("", name), CHROME);
  expect(problem.code).toBe(code);
  expect(problem.title).toContain("microphone");
  expect(problem.steps.length).toBeGreaterThan(0);
});

test.each([
  [CHROME, "icon left of the address"],
  [SAFARI, "Settings for This Website"],
  [IPHONE, "Tap the page icon"],
  [FIREFOX, "crossed-out camera"],
])("says what to click in this browser", (userAgent, words) => {
  const { steps } = explain("camera", { name: "NotAllowedError" }, userAgent);
  expect(steps.join(" ")).toContain(words);
});

test("codes of our own need no error", () => {
  expect(explain("microphone", "insecure", CHROME).steps.join(" ")).toContain("https://");
});
