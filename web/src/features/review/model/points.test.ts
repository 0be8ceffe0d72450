import { describe, expect, it } from "vitest";

import { placeOf } from "./points";
import { row, turn } from "./story";

const turns = [
  turn("q1", "Interviewer", 0, 4, { question_id: "Q1" }),
  turn("a1", "Candidate", 5, 30, { question_id: "Q1" }),
  turn("q2", "Interviewer", 31, 35, { question_id: "Q2" }),
  turn("a2", "Candidate", 36, 60, { question_id: "Q2" }),
];
const rows = [
  row("Q1", 1, {
    evaluation_summary: "Tells a closed deal with figures.",
    evidence: [
      { quote: "we called the finance director", start: 10, end: 12 },
      { quote: "it was forty thousand", start: 20, end: 22 },
    ],
  }),
  row("Q2", 2, { evaluation_summary: "Prospecting is disciplined, with twenty five calls a morning." }),
];

describe("where a point was said", () => {
  it("is the quote of the named question that shares most with it", () => {
    expect(placeOf("Made it worth forty thousand", "Q1", rows, turns)?.start).toBe(20);
  });

  it("is the first answer where the named question has no quotes", () => {
    expect(placeOf("Anything", "Q2", rows, turns)).toEqual({ start: 36, end: 60, questionId: "Q2" });
  });

  it("is the question itself where nobody answered", () => {
    expect(placeOf("Gave no answer", "Q2", rows, turns.slice(0, 3))?.start).toBe(31);
  });

  it("is traced by its words where no question is named", () => {
    expect(placeOf("Disciplined prospecting", undefined, rows, turns)?.questionId).toBe("Q2");
  });

  it("is nowhere rather than wrong", () => {
    expect(placeOf("Sings beautifully", undefined, rows, turns)).toBeNull();
    expect(placeOf("", undefined, rows, turns)).toBeNull();
    expect(placeOf("Closed deal figures", undefined, [], turns)).toBeNull();
  });
});
