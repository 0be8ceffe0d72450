/**
 * Where a highlight or lowlight was said. Pure.
 *
 * The report names the question that a point is about; in it, the quote that shares most of the
 * point's words is the place. A point without a question is traced to the row whose summary and
 * quotes share most of its words, and gets no link where that is too little: none beats a wrong one.
 */

import { inOrder } from "./transcript";
import type { ScorecardRow, TranscriptTurn } from "./types";

/** A place in the recording that a point links to. */
export interface Place {
  start: number;
  end: number;
  questionId: string | null;
}

/** Share of a point's words that a row must have for the point to be traced to it. */
const MIN_OVERLAP = 0.3;

const COMMON = new Set(
  "about after also been both candidate could does from gave good have into more only over some than that their them then there they this those very well were what when which while will with without would".split(
    " ",
  ),
);

function stems(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  // Six letters are enough of a stem to match "prospecting" with "prospected".
  return new Set(words.filter((w) => w.length > 3 && !COMMON.has(w)).map((w) => w.slice(0, 6)));
}

export function placeOf(
  point: string,
  questionId: string | null | undefined,
  rows: readonly ScorecardRow[],
  turns: readonly TranscriptTurn[],
): Place | null {
  const wanted = stems(point);
  const named = rows.find((row) => row.question_id === questionId);
  if (named !== undefined) return placeInRow(named, wanted, turns);
  if (wanted.size === 0) return null;
  let best: { row: ScorecardRow; share: number } | null = null;
  for (const row of rows) {
    const quotes = (row.evidence ?? []).map((evidence) => evidence.quote).join(" ");
    const had = stems(`${row.evaluation_summary ?? ""} ${quotes}`);
    const share = [...wanted].filter((stem) => had.has(stem)).length / wanted.size;
    if (best === null || share > best.share) best = { row, share };
  }
  if (best === null || best.share < MIN_OVERLAP) return null;
  return placeInRow(best.row, wanted, turns);
}

function placeInRow(
  row: ScorecardRow,
  wanted: ReadonlySet<string>,
  turns: readonly TranscriptTurn[],
): Place | null {
  const overlap = (quote: string): number =>
    [...stems(quote)].filter((stem) => wanted.has(stem)).length;
  const own = inOrder(turns).filter((turn) => turn.question_id === row.question_id);
  const evidence = [...(row.evidence ?? [])].sort((a, b) => overlap(b.quote) - overlap(a.quote))[0];
  const said =
    evidence ??
    own.find((turn) => turn.speaker === "Candidate") ??
    own[0];
  return said === undefined
    ? null
    : { start: said.start, end: said.end, questionId: row.question_id };
}
