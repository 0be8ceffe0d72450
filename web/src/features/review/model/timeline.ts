/**
 * What the time line under the player shows: questions as chapters, answers as blocks,
 * silences thin. Pure; everything in seconds on the interview's axis.
 */

import { inOrder, lastBegun } from "./transcript";
import type { ScorecardRow, TranscriptTurn } from "./types";

export interface Span {
  start: number;
  end: number;
}

/** A question's stretch of the interview. `index` is 1-based, as recruiters count. */
export interface Chapter extends Span {
  questionId: string;
  index: number;
  title: string;
}

/** What the candidate said between two turns of the interviewer. */
export interface Answer extends Span {
  questionId: string | null;
}

export interface Timeline {
  duration: number;
  chapters: Chapter[];
  answers: Answer[];
  /** What the candidate said, turn by turn. */
  spoken: Span[];
  /** What the interviewer said, turn by turn. */
  prompts: Span[];
  silences: Span[];
}

/** A gap between turns counts as a silence from this many seconds on. */
export const SILENCE_MIN = 1.5;
/** Left standing on both sides of a skipped silence, so that words aren't clipped. */
export const SILENCE_MARGIN = 0.35;

/**
 * @param mediaDuration the recording's length if known; the time line is never shorter than
 *   the last turn.
 */
export function buildTimeline(
  turns: readonly TranscriptTurn[],
  rows: readonly ScorecardRow[],
  mediaDuration = 0,
): Timeline {
  const ordered = inOrder(turns).filter((turn) => turn.typed !== true || turn.end > turn.start);
  const lastEnd = ordered.reduce((latest, turn) => Math.max(latest, turn.end), 0);
  const duration = Math.max(lastEnd, Number.isFinite(mediaDuration) ? mediaDuration : 0);
  return {
    duration,
    chapters: chapters(ordered, rows, lastEnd),
    answers: answers(ordered),
    spoken: spansOf(ordered, "Candidate"),
    prompts: spansOf(ordered, "Interviewer"),
    silences: silences(ordered, duration),
  };
}

function spansOf(turns: readonly TranscriptTurn[], speaker: TranscriptTurn["speaker"]): Span[] {
  return turns
    .filter((turn) => turn.speaker === speaker)
    .map(({ start, end }) => ({ start, end }));
}

function chapters(
  turns: readonly TranscriptTurn[],
  rows: readonly ScorecardRow[],
  lastEnd: number,
): Chapter[] {
  const found: Chapter[] = [];
  [...rows]
    .sort((a, b) => a.rank - b.rank)
    .forEach((row, i) => {
      const own = turns.filter((turn) => turn.question_id === row.question_id);
      const first = own[0];
      if (first === undefined) return;
      const end = own.reduce((latest, turn) => Math.max(latest, turn.end), first.end);
      found.push({
        questionId: row.question_id,
        index: i + 1,
        title: row.question,
        start: first.start,
        end,
      });
    });
  found.sort((a, b) => a.start - b.start);
  // A chapter lasts until the next begins, so that no second between two belongs to none.
  return found.map((chapter, i) => ({
    ...chapter,
    end: found[i + 1]?.start ?? Math.min(Math.max(chapter.end, chapter.start), lastEnd),
  }));
}

function answers(turns: readonly TranscriptTurn[]): Answer[] {
  const found: Answer[] = [];
  let open: Answer | null = null;
  for (const turn of turns) {
    if (turn.speaker === "Interviewer") {
      open = null;
    } else if (open !== null && open.questionId === turn.question_id) {
      open.end = Math.max(open.end, turn.end);
    } else {
      open = { questionId: turn.question_id, start: turn.start, end: turn.end };
      found.push(open);
    }
  }
  return found;
}

function silences(turns: readonly TranscriptTurn[], duration: number): Span[] {
  const found: Span[] = [];
  let heardUntil = 0;
  for (const turn of turns) {
    if (turn.start - heardUntil >= SILENCE_MIN) found.push({ start: heardUntil, end: turn.start });
    heardUntil = Math.max(heardUntil, turn.end);
  }
  if (duration - heardUntil >= SILENCE_MIN) found.push({ start: heardUntil, end: duration });
  return found;
}

/** Where to go on when silences are skipped: the end of the silence that `time` is in, or null. */
export function afterSilence(silencesInOrder: readonly Span[], time: number): number | null {
  const silence = silencesInOrder[lastBegun(silencesInOrder, time)];
  if (silence === undefined) return null;
  const from = silence.start + SILENCE_MARGIN;
  const to = silence.end - SILENCE_MARGIN;
  return time >= from && time < to - 0.1 ? to : null;
}

/**
 * The answer to go to from `time`: the next that begins later, or the one before. Stepping back
 * within 2 s of an answer's beginning goes to the one before it, as music players do.
 */
export function stepAnswer(
  answersInOrder: readonly Answer[],
  time: number,
  direction: 1 | -1,
): Answer | null {
  if (direction === 1) return answersInOrder.find((answer) => answer.start > time + 0.05) ?? null;
  const before = answersInOrder.filter((answer) => answer.start < time - 2);
  return before.at(-1) ?? answersInOrder[0] ?? null;
}

/** The chapter that `time` is in, or null before the first and after the last. */
export function chapterAt(chaptersInOrder: readonly Chapter[], time: number): Chapter | null {
  const chapter = chaptersInOrder[lastBegun(chaptersInOrder, time)];
  return chapter !== undefined && time <= chapter.end ? chapter : null;
}
