import { describe, expect, it } from "vitest";

import { captionsOf } from "./captions";
import { turn } from "./story";
import { inOrder, isQuoted, lastBegun, wordsOf, wordStep } from "./transcript";

describe("the words of a turn", () => {
  const words = wordsOf(turn("T1", "Candidate", 10, 16, { text: "I  closed it\nyesterday" }));

  it("fill the turn without gaps or overlaps", () => {
    expect(words.map((word) => word.text)).toEqual(["I", "closed", "it", "yesterday"]);
    expect(words[0]?.start).toBe(10);
    expect(words.at(-1)?.end).toBeCloseTo(16);
    words.slice(1).forEach((word, i) => expect(word.start).toBeCloseTo(words[i]?.end ?? NaN));
  });

  it("take longer the longer they are", () => {
    const [short, long] = [words[0], words[3]].map((word) => (word ? word.end - word.start : 0));
    expect(long).toBeGreaterThan(2 * (short ?? 0));
  });

  it("keep times of their own where the second pass found them", () => {
    const own = [{ text: "Yes", start: 11, end: 11.4 }];
    expect(wordsOf(turn("T1", "Candidate", 10, 16, { words: own }))).toBe(own);
  });

  it("stay finite in a turn that has no length", () => {
    expect(wordsOf(turn("T1", "Candidate", 5, 5)).every((word) => word.start === 5)).toBe(true);
  });
});

it("orders turns by their beginning and drops those in which nothing was heard", () => {
  const turns = [turn("B", "Candidate", 5, 6), turn("A", "Candidate", 1, 2), turn("C", "Candidate", 3, 4, { text: " " })];
  expect(inOrder(turns).map((one) => one.turn_id)).toEqual(["A", "B"]);
});

it("finds what has begun last", () => {
  const items = [{ start: 1 }, { start: 2 }, { start: 4 }];
  expect([0, 1, 3.9, 4, 99].map((time) => lastBegun(items, time))).toEqual([-1, 0, 1, 2, 2]);
});

it("steps by word across turns and stops at both ends", () => {
  const turns = [turn("A", "Interviewer", 0, 3, { text: "ab cd" }), turn("B", "Candidate", 10, 12, { text: "ef" })];
  expect(wordStep(turns, 1.5, 1)).toBe(10);
  expect(wordStep(turns, 10, -1)).toBe(1.5);
  expect(wordStep(turns, 0, -1)).toBe(0);
  expect(wordStep(turns, 11, 1)).toBe(10);
});

it("marks a word as quoted when most of it lies in a quote", () => {
  const quotes = [{ start: 2, end: 4 }];
  expect(isQuoted({ start: 1.9, end: 2.5 }, quotes)).toBe(true);
  expect(isQuoted({ start: 1, end: 2.1 }, quotes)).toBe(false);
});

it("makes captions of two lines at most that name who speaks", () => {
  const text = "word ".repeat(40).trim();
  const captions = captionsOf([turn("A", "Candidate", 0, 20, { text })]);
  expect(captions.length).toBeGreaterThan(1);
  expect(captions[0]?.text.startsWith("Candidate: word")).toBe(true);
  expect(captions.every((one) => one.text.length <= 95 && one.end > one.start)).toBe(true);
  expect(captions.at(-1)?.end).toBeCloseTo(20);
});
