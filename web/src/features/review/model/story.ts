/** Small transcripts and scorecards for the tests of this folder. */

import type { Candidate, ScorecardRow, TranscriptTurn } from "./types";

export function turn(
  turn_id: string,
  speaker: "Interviewer" | "Candidate",
  start: number,
  end: number,
  more: Partial<TranscriptTurn> = {},
): TranscriptTurn {
  return { turn_id, speaker, start, end, question_id: null, text: "one two three", ...more };
}

export function row(question_id: string, rank: number, more: Partial<ScorecardRow> = {}): ScorecardRow {
  return {
    question_id,
    rank,
    question: `Question ${question_id}?`,
    evaluation_score: 3,
    evaluation_summary: null,
    score_weight: 1,
    ...more,
  };
}

export function candidate(name: string, more: Partial<Candidate> = {}): Candidate {
  return {
    interview_id: name,
    posting_id: "P",
    name,
    email: `${name.toLowerCase()}@email.com`,
    score: null,
    status: "pending",
    ...more,
  };
}
