/** The speech figures in words. Pure. */

import { plain } from "./scores";
import type { SpeechFigures } from "./types";

export interface Figure {
  label: string;
  value: string;
}

type Show = (value: number) => string;

const share: Show = (value) => `${Math.round(100 * value)}%`;
const number: Show = (value) => plain(value);

/** What the service may report, in the order it is shown. */
const KNOWN: Record<string, { label: string; show: Show }> = {
  words_per_minute: { label: "Pace, words a minute", show: (value) => String(Math.round(value)) },
  pause_share: { label: "Time in pauses", show: share },
  filler_share: { label: "Fillers among words", show: share },
  words: { label: "Words said", show: (value) => String(Math.round(value)) },
};

function readable(name: string): string {
  const text = name.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Known figures first and in order; others by their name; what isn't a number is left out. */
export function figuresOf(speech: SpeechFigures | null | undefined): Figure[] {
  if (!speech) return [];
  const numbers = Object.entries(speech).filter(
    // The score itself stands beside the figures.
    (entry): entry is [string, number] => entry[0] !== "score" && typeof entry[1] === "number",
  );
  const order = Object.keys(KNOWN);
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return numbers
    .sort(([a], [b]) => place(a) - place(b))
    .map(([name, value]) => {
      const known = KNOWN[name];
      return { label: known?.label ?? readable(name), value: (known?.show ?? number)(value) };
    });
}
