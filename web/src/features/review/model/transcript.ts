/**
 * From turns to words with times, and from a time to the turn and word being said. Pure.
 *
 * The service gives times to turns; words carry their own only where the second pass kept them.
 * Elsewhere a word's share of its turn is its length plus a constant for the gap behind it,
 * which puts it within a few tenths of a second in fluent speech.
 */

import type { TimedWord, TranscriptTurn } from "./types";

/** Letters' worth of time that a word takes besides its letters. */
const WORD_OVERHEAD = 2;

/** The words of a turn in order, each with `start` < `end` inside the turn. */
export function wordsOf(turn: TranscriptTurn): TimedWord[] {
  if (turn.words !== undefined && turn.words.length > 0) return turn.words;
  const texts = turn.text.split(/\s+/).filter((text) => text !== "");
  const weights = texts.map((text) => text.length + WORD_OVERHEAD);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const duration = Math.max(0, turn.end - turn.start);
  let passed = 0;
  return texts.map((text, i) => {
    const start = turn.start + (duration * passed) / total;
    passed += weights[i] ?? 0;
    return { text, start, end: turn.start + (duration * passed) / total };
  });
}

/**
 * Index of the last item that has begun at `time`, or -1 before the first.
 * `items` are sorted by `start`; a binary search, since it runs on every frame.
 */
export function lastBegun(items: readonly { start: number }[], time: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && item.start <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Turns in the order they began; those without text (nothing was heard) are left out. */
export function inOrder(turns: readonly TranscriptTurn[]): TranscriptTurn[] {
  return turns
    .filter((turn) => turn.text.trim() !== "")
    .sort((a, b) => a.start - b.start || a.end - b.end);
}

/** The start of the word `step` words away from the one at `time`, across turns. */
export function wordStep(turns: readonly TranscriptTurn[], time: number, step: number): number {
  const words = turns.flatMap(wordsOf);
  const here = lastBegun(words, time + 0.01);
  const target = Math.min(words.length - 1, Math.max(0, here + step));
  return words[target]?.start ?? time;
}

/** Whether the word at `start`–`end` overlaps one of the quoted stretches. */
export function isQuoted(
  word: { start: number; end: number },
  quotes: readonly { start: number; end: number }[],
): boolean {
  const middle = (word.start + word.end) / 2;
  return quotes.some((quote) => middle >= quote.start - 0.05 && middle <= quote.end + 0.05);
}
