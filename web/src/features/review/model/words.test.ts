import { describe, expect, it } from "vitest";

import { figuresOf } from "./speech";
import { row } from "./story";
import { clock, fullDate, shortDate, spokenTime } from "./time";
import { answerWords, flagWords, noticedWords, statusWords } from "./words";

describe("times", () => {
  it("read like a clock", () => {
    expect([0, 75.9, 3725, -1, NaN].map(clock)).toEqual(["0:00", "1:15", "1:02:05", "0:00", "0:00"]);
  });

  it("read like speech to screen readers", () => {
    expect(spokenTime(61)).toBe("1 minute 1 second");
    expect(spokenTime(5)).toBe("5 seconds");
  });

  it("stand in the reader's zone, with the year only where it is another", () => {
    const newYear = Date.UTC(2026, 0, 1, 2) / 1000;
    expect(fullDate(newYear, "America/New_York")).toMatch(/31/);
    expect(shortDate(newYear, new Date(2027, 5, 1), "UTC")).toMatch(/2026/);
    expect(shortDate(newYear, new Date(2026, 5, 1), "UTC")).not.toMatch(/2026/);
  });
});

describe("codes", () => {
  it("become words, unknown ones too", () => {
    expect(statusWords("evaluating").label).toBe("Being evaluated");
    expect(statusWords("new_one").label).toBe("Unknown");
    expect(flagWords("some_new-flag")).toBe("Some new flag");
    expect(flagWords("Said as it is.")).toBe("Said as it is.");
  });

  it("name what the page noticed, and judge nothing", () => {
    expect(noticedWords("tab_hidden")).toBe("Went to another tab or window");
    expect(noticedWords("screen_shared")).toBe("Screen shared");
  });

  it("say of every unusual answer whether it counts", () => {
    expect(answerWords(row("Q", 1))).toBeNull();
    expect(answerWords(row("Q", 1, { status: "not_answered" }))?.counting).toMatch(/counts as 1/);
    expect(answerWords(row("Q", 1, { status: "not_reached" }))?.counting).toMatch(/not counted/);
    expect(answerWords(row("Q", 1, { status: "not_recognised" }))?.meaning).toMatch(/our recording/);
  });
});

describe("speech figures", () => {
  it("come in order, with units, known before unknown", () => {
    const figures = figuresOf({ score: 90, odd_one: 2, pause_share: 0.143, words_per_minute: 146.7, note: "x" });
    expect(figures).toEqual([
      { label: "Pace, words a minute", value: "147" },
      { label: "Time in pauses", value: "14%" },
      { label: "Odd one", value: "2" },
    ]);
  });

  it("are none for a typed interview", () => {
    expect(figuresOf(null)).toEqual([]);
  });
});
