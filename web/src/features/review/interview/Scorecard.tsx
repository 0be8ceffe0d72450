import { useEffect, useRef } from "react";

import { Button } from "@/ui/Button";
import { classes } from "@/ui/classes";

import { plain, scoreOf } from "../model/scores";
import { fullDate, shortDate } from "../model/time";
import type { Chapter } from "../model/timeline";
import type { ScorecardRow } from "../model/types";
import { answerWords } from "../model/words";
import { Flags } from "../ui/Flags";
import { Scale } from "../ui/Scale";
import { ScoreForm } from "./ScoreForm";
import css from "./Scorecard.module.css";
import { SeekButton } from "./SeekButton";

/** Which row is being rated, and with what so far. */
export interface Rating {
  questionId: string;
  score: number | null;
}

interface RowActions {
  onFocus: (questionId: string) => void;
  onRating: (rating: Rating | null) => void;
  onSave: (questionId: string, score: number, reason: string) => Promise<void>;
}

function Evidence({ row }: { row: ScorecardRow }) {
  const evidence = row.evidence ?? [];
  if (evidence.length === 0) return null;
  return (
    <ul className={css.quotes} aria-label="Quotes">
      {evidence.map((one) => (
        <li key={`${one.start}${one.quote}`}>
          <SeekButton start={one.start} label="Play the quote">
            <q>{one.quote}</q>{" "}
          </SeekButton>
        </li>
      ))}
    </ul>
  );
}

function OwnScore({ row }: { row: ScorecardRow }) {
  const own = row.override;
  if (!own) return null;
  return (
    <div className={css.own}>
      <p>
        <b>Your score: {own.score}</b>
        {row.evaluation_score !== null && <> instead of the AI’s {row.evaluation_score}</>}
        {typeof own.at === "number" && (
          <span className={css.when} title={fullDate(own.at)}>
            {" "}
            · {shortDate(own.at)}
          </span>
        )}
      </p>
      <p>{own.reason}</p>
    </div>
  );
}

function Facts({ row, chapter }: { row: ScorecardRow; chapter: Chapter | undefined }) {
  const asked = row.follow_ups_asked ?? 0;
  return (
    <p className={css.facts}>
      <span>{row.not_scored === true ? "not scored" : `weight ${plain(row.score_weight)}`}</span>
      {asked > 0 && (
        <span>
          {asked} follow-up{asked === 1 ? "" : "s"}
        </span>
      )}
      {chapter !== undefined && <SeekButton start={chapter.start} label="Play the question" />}
    </p>
  );
}

function Row({
  row,
  index,
  chapter,
  focused,
  rating,
  actions,
}: {
  row: ScorecardRow;
  index: number;
  chapter: Chapter | undefined;
  focused: boolean;
  rating: Rating | null;
  actions: RowActions;
}) {
  const status = answerWords(row);
  const disagree = useRef<HTMLButtonElement>(null);
  const wasRating = useRef(false);
  const close = () => actions.onRating(null);
  useEffect(() => {
    // The form is gone; the focus goes back to what opened it instead of to the page's top.
    if (wasRating.current && rating === null) disagree.current?.focus({ preventScroll: true });
    wasRating.current = rating !== null;
  }, [rating]);
  const reached = row.status !== "not_reached";
  return (
    // Only notices where the reader is; everything to press has its own control inside.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <li
      id={`question-${row.question_id}`}
      className={classes(css.row, focused && css.focused)}
      onFocus={() => actions.onFocus(row.question_id)}
      onPointerDown={() => actions.onFocus(row.question_id)}
    >
      <div className={css.question}>
        <span className={css.index} aria-hidden="true">
          {index}
        </span>
        <div>
          <h3>
            <span className="visually-hidden">Question {index}: </span>
            {row.question}
          </h3>
          <Facts row={row} chapter={chapter} />
        </div>
      </div>
      {status !== null && (
        <p className={css.status}>
          <b>{status.label}.</b> {row.evaluation_summary ?? status.meaning} {status.counting}
        </p>
      )}
      {scoreOf(row) !== null && (
        <Scale
          ai={row.evaluation_score}
          own={row.override?.score ?? null}
          spread={row.spread ?? null}
          low={row.score_of_1}
          high={row.score_of_5}
        />
      )}
      <Flags flags={row.flags} />
      {status === null && row.evaluation_summary && <p>{row.evaluation_summary}</p>}
      <Evidence row={row} />
      <OwnScore row={row} />
      {reached && row.evaluation_criteria && (
        <details className={css.criteria}>
          <summary>What was assessed</summary>
          <p>{row.evaluation_criteria}</p>
        </details>
      )}
      {rating !== null ? (
        <ScoreForm
          score={rating.score}
          onScore={(score) => actions.onRating({ questionId: row.question_id, score })}
          reason={row.override?.reason ?? ""}
          onSave={async (score, reason) => {
            await actions.onSave(row.question_id, score, reason);
            close();
          }}
          onCancel={close}
        />
      ) : (
        reached && (
          <div className={css.disagree}>
            <Button
              ref={disagree}
              size="small"
              onClick={() =>
                actions.onRating({
                  questionId: row.question_id,
                  score: row.override?.score ?? null,
                })
              }
            >
              {row.override ? "Change my score" : row.evaluation_score === null ? "Rate it" : "I disagree"}
              <span className="visually-hidden">: question {index}</span>
            </Button>
            {focused && (
              <span className={css.hint}>
                or press <kbd>1</kbd>–<kbd>5</kbd>
              </span>
            )}
          </div>
        )
      )}
    </li>
  );
}

/** All questions at a glance; each leads to its row. */
function Overview({
  rows,
  focused,
  onFocus,
}: {
  rows: readonly ScorecardRow[];
  focused: string | null;
  onFocus: (questionId: string) => void;
}) {
  return (
    <ol className={css.overview} aria-label="Questions and scores">
      {rows.map((row, i) => {
        const score = scoreOf(row);
        return (
          <li key={row.question_id}>
            <a
              href={`#question-${row.question_id}`}
              aria-current={row.question_id === focused ? "true" : undefined}
              onClick={(event) => {
                event.preventDefault();
                onFocus(row.question_id);
                document
                  .getElementById(`question-${row.question_id}`)
                  ?.scrollIntoView({ block: "start" });
              }}
            >
              <span className={css.overviewIndex}>
                <span className="visually-hidden">Question </span>
                {i + 1}
              </span>
              <b>
                {score ?? "–"}
                <span className="visually-hidden">
                  {score === null ? "not counted" : " of 5"}
                  {row.override ? ", yours" : ""}
                </span>
              </b>
              {row.override && <span className={css.diamond} aria-hidden="true" />}
            </a>
          </li>
        );
      })}
    </ol>
  );
}

/** Every question with its score on the scale, why, and what was said. */
export function Scorecard({
  rows,
  chapters,
  focused,
  rating,
  ...actions
}: {
  rows: readonly ScorecardRow[];
  chapters: readonly Chapter[];
  focused: string | null;
  rating: Rating | null;
} & RowActions) {
  const ordered = [...rows].sort((a, b) => a.rank - b.rank);
  const ratedId = rating?.questionId;
  useEffect(() => {
    if (ratedId !== undefined) {
      document.getElementById(`question-${ratedId}`)?.scrollIntoView({ block: "nearest" });
    }
  }, [ratedId]);
  return (
    <section aria-labelledby="scorecard-title" className={css.scorecard}>
      <div className={css.head}>
        <h2 id="scorecard-title">Scorecard</h2>
        <Overview rows={ordered} focused={focused} onFocus={actions.onFocus} />
      </div>
      <ol className={css.rows}>
        {ordered.map((row, i) => (
          <Row
            key={row.question_id}
            row={row}
            index={i + 1}
            chapter={chapters.find((chapter) => chapter.questionId === row.question_id)}
            focused={row.question_id === focused}
            rating={ratedId === row.question_id ? rating : null}
            actions={actions}
          />
        ))}
      </ol>
    </section>
  );
}
