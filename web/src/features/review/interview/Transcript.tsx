import { memo, type MouseEvent, useEffect, useMemo, useRef, useState } from "react";

import { Button } from "@/ui/Button";
import { classes } from "@/ui/classes";

import { clock, spokenTime } from "../model/time";
import { inOrder, isQuoted, lastBegun, wordsOf } from "../model/transcript";
import type { Evidence, ScorecardRow, TranscriptTurn } from "../model/types";
import css from "./Transcript.module.css";
import { usePlayback, usePlayer } from "./usePlayback";

/** Where a word begins, read back from what was clicked. */
const START = "data-start";

/** One turn; its words are spans that a click turns into a second of the recording. */
const Turn = memo(function Turn({
  turn,
  name,
  active,
  quotes,
}: {
  turn: TranscriptTurn;
  name: string;
  active: boolean;
  quotes: readonly Evidence[];
}) {
  const playback = usePlayer();
  const words = useMemo(() => wordsOf(turn), [turn]);
  const current = usePlayback((state) => (active ? lastBegun(words, state.time + 0.02) : -1));
  return (
    <li
      className={classes(css.turn, turn.speaker === "Interviewer" && css.interviewer)}
      data-active={active || undefined}
    >
      <button
        type="button"
        className={css.stamp}
        onClick={(event) => {
          playback.playFrom(turn.start);
          if (event.detail > 0) event.currentTarget.blur();
        }}
      >
        <span aria-hidden="true">{clock(turn.start)}</span>
        <span className="visually-hidden">
          Play from {spokenTime(turn.start)}, {name}
        </span>
      </button>
      <div>
        <p className={css.speaker}>
          {name}
          {turn.typed === true && <span className={css.typed}> · typed</span>}
        </p>
        <p className={css.words}>
          {words.map((word, i) => (
            <span key={i}>
              <span
                className={classes(
                  css.word,
                  i === current && css.now,
                  turn.speaker === "Candidate" && isQuoted(word, quotes) && css.quoted,
                )}
                {...{ [START]: word.start }}
              >
                {word.text}
              </span>{" "}
            </span>
          ))}
        </p>
      </div>
    </li>
  );
});

/** Keeps the turn being said in view, without moving the page, until the reader scrolls. */
function useFollowing(active: number) {
  const box = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(true);
  useEffect(() => {
    const container = box.current;
    const turn = container?.querySelector<HTMLElement>("[data-active]");
    if (!following || !container || !turn) return;
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    container.scrollTo({
      top: turn.offsetTop - container.clientHeight / 4,
      behavior: calm ? "auto" : "smooth",
    });
  }, [active, following]);
  return { box, following, setFollowing };
}

/** What was said, following the player. Every word leads to its second. */
export function Transcript({
  turns,
  rows,
  names,
}: {
  turns: readonly TranscriptTurn[];
  rows: readonly ScorecardRow[];
  names: Record<TranscriptTurn["speaker"], string>;
}) {
  const playback = usePlayer();
  const ordered = useMemo(() => inOrder(turns), [turns]);
  const quotes = useMemo(() => rows.flatMap((row) => row.evidence ?? []), [rows]);
  const active = usePlayback((state) => lastBegun(ordered, state.time + 0.02));
  const { box, following, setFollowing } = useFollowing(active);
  const headings = useMemo(() => firstTurns(ordered, rows), [ordered, rows]);

  const onWord = (event: MouseEvent) => {
    if (!(event.target instanceof HTMLElement)) return;
    // Selecting text to copy it is not a wish to jump.
    if (window.getSelection()?.isCollapsed === false) return;
    const start = event.target.getAttribute(START);
    if (start !== null) playback.playFrom(Number(start));
  };

  return (
    <section className={css.transcript} aria-label="Transcript">
      <div className={css.head}>
        <h2>Transcript</h2>
        <Button
          size="small"
          variant="quiet"
          className={following ? css.hiddenKeepingPlace : ""}
          onClick={() => setFollowing(true)}
        >
          Follow again
        </Button>
      </div>
      {ordered.length === 0 ? (
        <p className={css.empty}>Nothing was said.</p>
      ) : (
        // The clicks are a shortcut for the pointer; the times are buttons, and `,` and `.` step
        // by word, for the keyboard.
        // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions
        <div
          ref={box}
          className={css.box}
          onClick={onWord}
          onWheel={() => setFollowing(false)}
          onTouchMove={() => setFollowing(false)}
        >
          <ol className={css.turns}>
            {ordered.map((turn, i) => {
              const heading = headings.get(turn.turn_id);
              return [
                heading !== undefined && (
                  <li key={`h${turn.turn_id}`} className={css.chapter}>
                    Question {heading}
                  </li>
                ),
                <Turn
                  key={turn.turn_id}
                  turn={turn}
                  name={names[turn.speaker]}
                  active={i === active}
                  quotes={quotes}
                />,
              ];
            })}
          </ol>
        </div>
      )}
    </section>
  );
}

/** Turn id → number of the question that begins there. */
function firstTurns(
  ordered: readonly TranscriptTurn[],
  rows: readonly ScorecardRow[],
): Map<string, number> {
  const found = new Map<string, number>();
  [...rows]
    .sort((a, b) => a.rank - b.rank)
    .forEach((row, i) => {
      const first = ordered.find((turn) => turn.question_id === row.question_id);
      if (first !== undefined) found.set(first.turn_id, i + 1);
    });
  return found;
}
