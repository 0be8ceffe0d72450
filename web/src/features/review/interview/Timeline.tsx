import { type KeyboardEvent, useMemo } from "react";

import { spokenTime } from "../model/time";
import { chapterAt, type Span, type Timeline as TimelineData } from "../model/timeline";
import type { Evidence } from "../model/types";
import css from "./Timeline.module.css";
import { usePlayback, usePlayer } from "./usePlayback";

/** Seconds that an arrow key moves while the slider has the focus. */
const ARROW_STEP = 5;

function useAtPercent(duration: number) {
  return useMemo(() => {
    const percent = (seconds: number) => `${duration > 0 ? (100 * seconds) / duration : 0}%`;
    return (span: Span) => ({ left: percent(span.start), width: percent(span.end - span.start) });
  }, [duration]);
}

function Chapters({ timeline }: { timeline: TimelineData }) {
  const playback = usePlayer();
  const at = useAtPercent(timeline.duration);
  const current = usePlayback((state) => chapterAt(timeline.chapters, state.time)?.index ?? 0);
  return (
    <ol className={css.chapters} aria-label="Questions">
      {timeline.chapters.map((chapter) => (
        <li key={chapter.questionId} style={at(chapter)}>
          <button
            type="button"
            title={chapter.title}
            aria-current={chapter.index === current ? "true" : undefined}
            onClick={() => playback.seek(chapter.start)}
          >
            <span aria-hidden="true">{chapter.index}</span>
            <span className={css.title} aria-hidden="true">
              {chapter.title}
            </span>
            <span className="visually-hidden">
              Question {chapter.index}: {chapter.title}, at {spokenTime(chapter.start)}
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}

/** The parts that don't move: drawn once. */
function Marks({ timeline, quotes }: { timeline: TimelineData; quotes: readonly Evidence[] }) {
  const at = useAtPercent(timeline.duration);
  return (
    <div className={css.marks} aria-hidden="true">
      <span className={css.line} />
      {timeline.prompts.map((span) => (
        <span key={`p${span.start}`} className={css.prompt} style={at(span)} />
      ))}
      {timeline.spoken.map((span) => (
        <span key={`a${span.start}`} className={css.answer} style={at(span)} />
      ))}
      {quotes.map((quote) => (
        <span
          key={`q${quote.start}${quote.quote}`}
          className={css.quote}
          style={{ left: at(quote).left }}
        />
      ))}
    </div>
  );
}

function Position({ timeline }: { timeline: TimelineData }) {
  const playback = usePlayer();
  const tenths = usePlayback((state) => Math.round(state.time * 10));
  const time = tenths / 10;
  const chapter = chapterAt(timeline.chapters, time);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -ARROW_STEP, ArrowRight: ARROW_STEP }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    playback.seek(playback.state.time + step);
  };
  return (
    <>
      <span
        className={css.head}
        style={{ left: `${timeline.duration > 0 ? (100 * time) / timeline.duration : 0}%` }}
        aria-hidden="true"
      />
      <input
        type="range"
        className={css.slider}
        aria-label="Position in the recording"
        aria-valuetext={spokenTime(time) + (chapter === null ? "" : `, question ${chapter.index}`)}
        min={0}
        max={Math.max(timeline.duration, 1)}
        step={0.1}
        value={Math.min(time, timeline.duration)}
        onChange={(event) => playback.seek(Number(event.target.value))}
        onKeyDown={onKeyDown}
      />
    </>
  );
}

/** Questions as chapters, answers as blocks, the interviewer low, silences a thin line. */
export function Timeline({
  timeline,
  quotes,
}: {
  timeline: TimelineData;
  quotes: readonly Evidence[];
}) {
  return (
    <div className={css.timeline}>
      <Chapters timeline={timeline} />
      <div className={css.track}>
        <Marks timeline={timeline} quotes={quotes} />
        <Position timeline={timeline} />
      </div>
    </div>
  );
}
