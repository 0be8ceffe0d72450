import type { IntegrityEvent } from "../model/types";
import { noticedWords } from "../model/words";
import css from "./Sections.module.css";
import { SeekButton } from "./SeekButton";

/** What the candidate's page noticed, for the reader to make sense of; nothing is made of it. */
export function Noticed({ events }: { events: readonly IntegrityEvent[] }) {
  if (events.length === 0) return null;
  return (
    <section className={css.section} aria-labelledby="noticed-title">
      <h2 id="noticed-title">Noticed by the page</h2>
      <p className={css.note}>
        Never part of a score. There are many good reasons to look away or to paste.
      </p>
      <ol className={css.noticed}>
        {events.map(({ kind, at }, i) => (
          // Two events may be alike in everything but their place.
          <li key={`${i}-${kind}-${at}`}>
            <SeekButton start={at} label={`Play from there: ${noticedWords(kind)}`} />{" "}
            {noticedWords(kind)}
          </li>
        ))}
      </ol>
    </section>
  );
}
