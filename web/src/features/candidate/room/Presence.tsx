import type { InterviewState } from "@/api/types";
import type { LevelMeter } from "@/core/levelMeter";

import { useLevel } from "../hooks/useLevel";
import css from "./Presence.module.css";

export type Mood = "listening" | "thinking" | "speaking" | "paused" | "away";

export function moodOf(state: InterviewState, live: boolean): Mood {
  if (!live || state === "connecting") return "away";
  return state === "ended" ? "paused" : state;
}

/** What the shape says, in words. */
function label(mood: Mood, name: string, typed: boolean): string {
  switch (mood) {
    case "listening":
      return typed ? `${name} is waiting for your answer` : `${name} is listening`;
    case "thinking":
      return `${name} is thinking`;
    case "speaking":
      return `${name} is speaking`;
    case "paused":
      return `${name} is waiting. Take your time`;
    case "away":
      return "One moment";
  }
}

/**
 * The interviewer as a quiet shape. Each state has a form of its own, so that it can be told at a
 * glance, without colour and without motion: an open ring, three dots, a full disc, two bars.
 */
export function Presence({
  mood,
  name,
  typed,
  meter,
}: {
  mood: Mood;
  name: string;
  typed: boolean;
  meter: LevelMeter | null;
}) {
  const halo = useLevel(mood === "listening" ? meter : null);
  return (
    <div className={css.presence} data-mood={mood}>
      <div className={css.shape} ref={halo} aria-hidden="true">
        <span className={css.halo} />
        <svg viewBox="0 0 100 100" className={css.face}>
          <circle className={css.disc} cx="50" cy="50" r="46" />
          {mood === "speaking" && (
            <g className={css.bars}>
              <path d="M26 44v12" />
              <path d="M38 36v28" />
              <path d="M50 28v44" />
              <path d="M62 36v28" />
              <path d="M74 44v12" />
            </g>
          )}
          {(mood === "thinking" || mood === "away") && (
            <g className={css.dots}>
              <circle cx="32" cy="50" r="5.5" />
              <circle cx="50" cy="50" r="5.5" />
              <circle cx="68" cy="50" r="5.5" />
            </g>
          )}
          {mood === "listening" && <circle className={css.ring} cx="50" cy="50" r="25" />}
          {mood === "paused" && <path className={css.pause} d="M41 37v26M59 37v26" />}
        </svg>
      </div>
      <p className={css.label}>{label(mood, name, typed)}</p>
    </div>
  );
}
