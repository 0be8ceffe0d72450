import { describe, expect, it } from "vitest";

import {
  changesOf,
  draftOf,
  dropIndex,
  followUpWords,
  moved,
  objectionsTo,
  ofModality,
  ranked,
  sharesOf,
} from "./questions";
import type { Question } from "./types";

const question = (id: string, more: Partial<Question> = {}): Question => ({
  id,
  posting_id: "P",
  modality: "voice",
  text: `Question ${id}?`,
  rank: 1,
  ...more,
});

describe("writing", () => {
  it("begins with what is there, and sends only what was changed", () => {
    const before = draftOf(question("a", { score_weight: 2.5, score_of_1: "Vague.", max_follow_ups: 2 }));
    expect(changesOf(before, before, "voice")).toEqual({});
    const after = { ...before, score_weight: "3", score_of_1: "", text: "  Question a?  " };
    expect(changesOf(after, before, "voice")).toEqual({ score_weight: 3, score_of_1: "" });
  });

  it("sends a new criterion with the fields that its modality has", () => {
    const draft = { ...draftOf(null), text: " Knows CRM tools " };
    expect(changesOf(draft, null, "resume_eligibility")).toEqual({ text: "Knows CRM tools" });
    expect(changesOf(draft, null, "resume_scoring")).toEqual({ text: "Knows CRM tools", score_weight: 1 });
  });

  it("objects to no text, to a weight that is none, and to crossed bounds", () => {
    const draft = { ...draftOf(null), score_weight: "-1", min_follow_ups: 2, max_follow_ups: 1 };
    expect(Object.keys(objectionsTo(draft, "voice"))).toEqual(["text", "score_weight", "max_follow_ups"]);
    expect(Object.keys(objectionsTo({ ...draft, text: "x" }, "voice_tags"))).toEqual([]);
    for (const score_weight of ["", "two", "1e9"]) {
      expect(objectionsTo({ ...draftOf(null), text: "x", score_weight }, "voice").score_weight).toBeDefined();
    }
    expect(objectionsTo({ ...draftOf(null), text: "x", score_weight: "0" }, "voice")).toEqual({});
  });
});

describe("ordering", () => {
  it("moves one and keeps the rest in order, within what there is", () => {
    expect(moved(["a", "b", "c"], 0, 2)).toEqual(["b", "c", "a"]);
    expect(moved(["a", "b", "c"], 2, 0)).toEqual(["c", "a", "b"]);
    expect(moved(["a", "b", "c"], 1, 9)).toEqual(["a", "c", "b"]);
    expect(moved(["a", "b", "c"], 1, -9)).toEqual(["b", "a", "c"]);
    expect(moved(["a"], 5, 0)).toEqual(["a"]);
  });

  it("passes a neighbour at its middle, and does not flutter over a taller one", () => {
    const boxes = [
      { top: 0, height: 100 },
      { top: 100, height: 300 },
    ];
    expect(dropIndex(boxes, 0, 249)).toBe(0);
    expect(dropIndex(boxes, 0, 251)).toBe(1);
    const passed = [
      { top: 0, height: 300 },
      { top: 300, height: 100 },
    ];
    expect(dropIndex(passed, 1, 251)).toBe(1);
    expect(dropIndex(passed, 1, 149)).toBe(0);
  });

  it("ranks as an order says, and leaves other modalities alone", () => {
    const all = [question("a"), question("t", { modality: "voice_tags" }), question("b", { rank: 2 })];
    const after = ranked(all, ["b", "a"]);
    expect(ofModality(after, "voice").map((one) => one.id)).toEqual(["b", "a"]);
    expect(ofModality(after, "voice_tags")).toEqual([all[1]]);
  });
});

it("shares the score by weight among those that are scored", () => {
  const all = [question("a", { score_weight: 3 }), question("b"), question("c", { not_scored: true })];
  expect(sharesOf(all)).toEqual([75, 25, null]);
  expect(sharesOf([question("a", { score_weight: 0 })])).toEqual([null]);
});

it("says how many follow-ups", () => {
  const words = (min: number, max: number) =>
    followUpWords(question("a", { min_follow_ups: min, max_follow_ups: max }));
  expect([words(0, 0), words(1, 1), words(0, 1), words(1, 2)]).toEqual([
    "no follow-ups",
    "1 follow-up",
    "0–1 follow-up",
    "1–2 follow-ups",
  ]);
});
