import { classes } from "@/ui/classes";

import type { Tone } from "../model/words";
import css from "./Badge.module.css";

/** A status: a word with a mark whose shape, not only colour, tells the tones apart. */
export function Badge({ label, tone }: { label: string; tone: Tone }) {
  return (
    <span className={classes(css.badge, css[tone])}>
      <svg viewBox="0 0 10 10" width="9" height="9" aria-hidden="true">
        {tone === "good" && <circle cx="5" cy="5" r="4.5" fill="currentColor" />}
        {tone === "quiet" && (
          <circle cx="5" cy="5" r="3.8" fill="none" stroke="currentColor" strokeWidth="1.4" />
        )}
        {tone === "busy" && (
          <>
            <circle cx="5" cy="5" r="3.8" fill="none" stroke="currentColor" strokeWidth="1.4" />
            <path d="M5 1.2a3.8 3.8 0 0 1 0 7.6z" fill="currentColor" />
          </>
        )}
        {tone === "bad" && <path d="M1 4.2h8v1.8H1z" fill="currentColor" />}
      </svg>
      {label}
    </span>
  );
}
