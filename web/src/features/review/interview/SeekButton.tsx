import type { MouseEvent, ReactNode } from "react";

import { clock, spokenTime } from "../model/time";
import css from "./SeekButton.module.css";
import { usePlayer } from "./usePlayback";

/** Gives the keys back to the page after a press with the pointer, so that Space pauses. */
function release(event: MouseEvent<HTMLElement>): void {
  if (event.detail > 0) event.currentTarget.blur();
}

/** A second of the recording as a link into it. */
export function SeekButton({
  start,
  label,
  children,
}: {
  start: number;
  /** What is there, for screen readers: "Play the quote". */
  label: string;
  children?: ReactNode;
}) {
  const playback = usePlayer();
  return (
    <button
      type="button"
      className={css.seek}
      onClick={(event) => {
        playback.playFrom(start);
        release(event);
      }}
    >
      {children}
      <span className="visually-hidden">
        {label}, at {spokenTime(start)}
      </span>
      <span className={css.time} aria-hidden="true">
        {clock(start)}
      </span>
    </button>
  );
}
