import { describe, expect, it } from "vitest";

import { row, turn } from "./story";
import { afterSilence, buildTimeline, chapterAt, stepAnswer } from "./timeline";

const turns = [
  turn("greeting", "Interviewer", 0.5, 5),
  turn("q1", "Interviewer", 5.5, 9, { question_id: "Q1" }),
  turn("a1", "Candidate", 12, 20, { question_id: "Q1" }),
  turn("a1b", "Candidate", 23, 30, { question_id: "Q1" }),
  turn("f1", "Interviewer", 31, 33, { question_id: "Q1" }),
  turn("a1c", "Candidate", 34, 40, { question_id: "Q1" }),
  turn("q2", "Interviewer", 41, 44, { question_id: "Q2" }),
  turn("a2", "Candidate", 45, 50, { question_id: "Q2" }),
  turn("closing", "Interviewer", 50.5, 54),
];
const rows = [row("Q2", 2), row("Q1", 1), row("Q3", 3)];
const timeline = buildTimeline(turns, rows, 60);

describe("the time line", () => {
  it("is as long as the recording, and never shorter than what was said", () => {
    expect(timeline.duration).toBe(60);
    expect(buildTimeline(turns, rows, 10).duration).toBe(54);
    expect(buildTimeline(turns, rows, NaN).duration).toBe(54);
  });

  it("has a chapter for each question that was reached, numbered by rank", () => {
    expect(timeline.chapters.map(({ questionId, index, start, end }) => [questionId, index, start, end])).toEqual([
      ["Q1", 1, 5.5, 41],
      ["Q2", 2, 41, 50],
    ]);
  });

  it("joins what was said without the interviewer between into one answer", () => {
    expect(timeline.answers).toEqual([
      { questionId: "Q1", start: 12, end: 30 },
      { questionId: "Q1", start: 34, end: 40 },
      { questionId: "Q2", start: 45, end: 50 },
    ]);
    expect(timeline.spoken).toHaveLength(4);
    expect(timeline.prompts).toHaveLength(5);
  });

  it("calls gaps of a second and a half silences, the end included", () => {
    expect(timeline.silences).toEqual([
      { start: 9, end: 12 },
      { start: 20, end: 23 },
      { start: 54, end: 60 },
    ]);
  });

  it("is empty for an interview in which nobody spoke", () => {
    expect(buildTimeline([], rows)).toEqual({
      duration: 0,
      chapters: [],
      answers: [],
      spoken: [],
      prompts: [],
      silences: [],
    });
  });
});

describe("skipping silences", () => {
  it("leaves some of the silence on both sides", () => {
    expect(afterSilence(timeline.silences, 9.1)).toBeNull();
    expect(afterSilence(timeline.silences, 10)).toBeCloseTo(11.65);
    expect(afterSilence(timeline.silences, 11.6)).toBeNull();
  });

  it("does nothing while someone speaks", () => {
    expect(afterSilence(timeline.silences, 15)).toBeNull();
    expect(afterSilence([], 15)).toBeNull();
  });

  it("lands where no further skip follows", () => {
    const after = afterSilence(timeline.silences, 10) ?? NaN;
    expect(afterSilence(timeline.silences, after)).toBeNull();
  });
});

describe("stepping by answer", () => {
  const from = (time: number, direction: 1 | -1) => stepAnswer(timeline.answers, time, direction)?.start;

  it("goes to the next, and stays at the last", () => {
    expect(from(0, 1)).toBe(12);
    expect(from(12, 1)).toBe(34);
    expect(from(45, 1)).toBeUndefined();
  });

  it("goes to the beginning first, then to the one before", () => {
    expect(from(20, -1)).toBe(12);
    expect(from(35, -1)).toBe(12);
    expect(from(3, -1)).toBe(12);
  });

  it("has nowhere to go without answers", () => {
    expect(stepAnswer([], 5, 1)).toBeNull();
    expect(stepAnswer([], 5, -1)).toBeNull();
  });
});

it("knows the chapter of a second", () => {
  const at = (time: number) => chapterAt(timeline.chapters, time)?.index;
  expect([0, 6, 40.9, 41, 50, 52].map(at)).toEqual([undefined, 1, 1, 2, 2, undefined]);
});
