import { describe, expect, it } from "vitest";

import { matchSpread, partsOf, plain, range, scoreOf } from "./scores";
import { row } from "./story";

const rows = [
  row("Q1", 1, { evaluation_score: 5, score_weight: 3, spread: 0.5 }),
  row("Q2", 2, { evaluation_score: 2, score_weight: 2, spread: 1 }),
  row("Q3", 3, { evaluation_score: null, score_weight: 2 }),
  row("Q4", 4, { evaluation_score: 4, score_weight: 1, not_scored: true }),
];

describe("what the match score is made of", () => {
  it("adds up to it over the questions that count", () => {
    const parts = partsOf(rows);
    expect(parts.map((part) => part.possible)).toEqual([60, 40, 0, 0]);
    expect(parts.map((part) => part.points)).toEqual([60, 16, 0, 0]);
  });

  it("follows the recruiter's score where there is one", () => {
    const own = { ...rows[1], override: { score: 4, reason: "better" } } as (typeof rows)[number];
    expect(scoreOf(own)).toBe(4);
    expect(partsOf([rows[0] ?? own, own]).map((part) => part.points)).toEqual([60, 32]);
  });

  it("is nothing where no question counts", () => {
    expect(partsOf([row("Q1", 1, { evaluation_score: null })])[0]?.points).toBe(0);
  });
});

describe("how sure the match score is", () => {
  it("takes the spread of each question as independent", () => {
    expect(matchSpread(rows)).toBeCloseTo((100 * Math.hypot(1.5, 2)) / 25);
  });

  it("is unknown where no spread is known", () => {
    expect(matchSpread([row("Q1", 1)])).toBeNull();
    expect(matchSpread([])).toBeNull();
  });

  it("counts a score that a person gave as certain", () => {
    const own = row("Q1", 1, { spread: 2, override: { score: 3, reason: "heard it" } });
    expect(matchSpread([own])).toBe(0);
  });
});

it("clips a range to the scale", () => {
  expect(range(5, 0.5, 1, 5)).toEqual({ low: 4.5, high: 5 });
  expect(range(1, 2, 1, 5)).toEqual({ low: 1, high: 3 });
});

it("writes numbers with one decimal at most", () => {
  expect([3, 2.5, 4.449, 2.96].map(plain)).toEqual(["3", "2.5", "4.4", "3"]);
});
