import type { KeyboardEvent, PointerEvent } from "react";

import { classes } from "@/ui/classes";

import { Icon } from "../ui/Icon";
import css from "./Movers.module.css";

/** Which of the handles a question was moved by; it keeps the focus. */
export type MoveBy = "grip" | "up" | "down";

/** The handle to drag or press arrow keys on, and buttons that do the same by one press. */
export function Movers({
  at,
  count,
  onGrab,
  onMove,
}: {
  at: number;
  count: number;
  onGrab: (event: PointerEvent<HTMLElement>) => void;
  onMove: (to: number, by: MoveBy) => void;
}) {
  const possible = (to: number) => to >= 0 && to < count;
  const arrows = (event: KeyboardEvent) => {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    const to = event.key === "ArrowUp" ? at - 1 : at + 1;
    if (possible(to)) onMove(to, "grip");
  };
  return (
    <div className={css.movers}>
      <button
        type="button"
        className={classes(css.mover, css.grip)}
        data-act="grip"
        title="Drag, or press the arrow keys"
        onPointerDown={onGrab}
        onKeyDown={arrows}
      >
        <Icon name="grip" />
        <span className="visually-hidden">Order question {at + 1} with the arrow keys</span>
      </button>
      {(["up", "down"] as const).map((by) => {
        const to = by === "up" ? at - 1 : at + 1;
        return (
          <button
            key={by}
            type="button"
            className={css.mover}
            data-act={by}
            aria-disabled={!possible(to) || undefined}
            title={`Move ${by}`}
            onClick={possible(to) ? () => onMove(to, by) : undefined}
          >
            <Icon name={by} size={18} />
            <span className="visually-hidden">
              Move question {at + 1} {by}
            </span>
          </button>
        );
      })}
    </div>
  );
}
