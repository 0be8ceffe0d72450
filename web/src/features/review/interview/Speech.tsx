import { plain } from "../model/scores";
import { figuresOf } from "../model/speech";
import type { WebInterview } from "../model/types";
import { ScoreBar } from "../ui/ScoreBar";
import css from "./Sections.module.css";

/** Pace and structure of speech, apart from the score and saying so. */
export function Speech({ web }: { web: WebInterview }) {
  const figures = figuresOf(web.speech);
  return (
    <section className={css.section} aria-labelledby="speech-title">
      <div className={css.titleLine}>
        <h2 id="speech-title">Speech</h2>
        {web.speech_score !== null && <ScoreBar score={Number(plain(web.speech_score))} />}
      </div>
      <p className={css.note}>
        Not part of the match score. Pace and structure only; never accent, emotion, voice or face.
      </p>
      {web.speech_score === null && <p>No speech score: the interview was typed, or too short.</p>}
      {figures.length > 0 && (
        <dl className={css.figures}>
          {figures.map(({ label, value }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
