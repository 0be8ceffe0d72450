/** The transcript as captions of at most two lines, so that it also shows in full screen. Pure. */

import { inOrder, wordsOf } from "./transcript";
import type { TimedWord, TranscriptTurn } from "./types";

/** Letters of one caption. */
const CAPTION_LENGTH = 80;

export interface Caption {
  start: number;
  end: number;
  text: string;
}

function lines(words: readonly TimedWord[]): Caption[] {
  const found: Caption[] = [];
  for (const word of words) {
    const line = found.at(-1);
    if (line !== undefined && line.text.length + word.text.length < CAPTION_LENGTH) {
      line.text += ` ${word.text}`;
      line.end = word.end;
    } else {
      found.push({ ...word });
    }
  }
  return found;
}

/** In order, each with the speaker's name in front where the speaker changes. */
export function captionsOf(turns: readonly TranscriptTurn[]): Caption[] {
  return inOrder(turns).flatMap((turn) =>
    lines(wordsOf(turn)).map((line, i) => ({
      ...line,
      text: i === 0 ? `${turn.speaker}: ${line.text}` : line.text,
    })),
  );
}
