/**
 * Scores as the page explains them. Pure. The service computes the match score
 * (`contract`: round-half-up(100 × Σ weight·score ÷ (5 × Σ weight))); this says what it is made of.
 */

import type { ScorecardRow } from "./types";

/** The score that counts: the recruiter's where there is one, else the AI's. */
export function scoreOf(row: ScorecardRow): number | null {
  return row.override?.score ?? row.evaluation_score;
}

/** Whether the row is part of the match score. */
export function counts(row: ScorecardRow): boolean {
  return row.not_scored !== true && row.score_weight > 0 && scoreOf(row) !== null;
}

/**
 * One question's part of the match score, in points of 100. The parts' `points` add up to the
 * unrounded match score, their `possible` to 100.
 */
export interface Part {
  row: ScorecardRow;
  index: number;
  possible: number;
  points: number;
}

export function partsOf(rows: readonly ScorecardRow[]): Part[] {
  const ordered = [...rows].sort((a, b) => a.rank - b.rank);
  const weight = ordered.filter(counts).reduce((sum, row) => sum + row.score_weight, 0);
  return ordered.map((row, i) => {
    const possible = counts(row) ? (100 * row.score_weight) / weight : 0;
    return { row, index: i + 1, possible, points: (possible * (scoreOf(row) ?? 0)) / 5 };
  });
}

/**
 * One standard deviation of the match score in points, from the spread of each question's score,
 * taken as independent. A score that the recruiter set has none. Null if no spread is known.
 */
export function matchSpread(rows: readonly ScorecardRow[]): number | null {
  const counted = rows.filter(counts);
  const weight = counted.reduce((sum, row) => sum + row.score_weight, 0);
  const known = counted.some((row) => typeof row.spread === "number");
  if (!known || weight === 0) return null;
  const variance = counted.reduce((sum, row) => {
    const spread = row.override ? 0 : (row.spread ?? 0);
    return sum + (row.score_weight * spread) ** 2;
  }, 0);
  return (100 * Math.sqrt(variance)) / (5 * weight);
}

/** The range a score of `max` lies in with its spread, clipped to the scale. */
export function range(
  score: number,
  spread: number,
  min: number,
  max: number,
): { low: number; high: number } {
  return { low: Math.max(min, score - spread), high: Math.min(max, score + spread) };
}

/** `3` → `3`, `3.25` → `3.3`: at most one decimal, none where it says nothing. */
export function plain(value: number): string {
  const rounded = Math.round(value * 10) / 10;
  return Number.isInteger(rounded) ? String(rounded) : rounded.toFixed(1);
}
