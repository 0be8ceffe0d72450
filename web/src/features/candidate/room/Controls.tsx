import type { ReactNode } from "react";

import { Button } from "@/ui/Button";
import { classes } from "@/ui/classes";

import css from "./Controls.module.css";
import { Icon, type IconName } from "./icons";

export interface Action {
  /** The key that does the same, upper case. */
  shortcut: string;
  act: () => void;
  /** It makes no sense right now; stays focusable, so that nobody loses their place. */
  unavailable?: boolean;
  pressed?: boolean;
}

export interface Actions {
  /** Null where answers are typed: sending one says it. */
  done: Action | null;
  mute: Action | null;
  moreTime: Action;
  repeat: Action;
  skip: Action;
  type: Action | null;
  leave: Action;
}

/** All that a candidate can do at any time. The one that matters is the large one. */
export function Controls({ actions, shortcuts }: { actions: Actions; shortcuts: boolean }) {
  const { done, mute, moreTime, repeat, skip, type, leave } = actions;
  return (
    <div className={css.controls} role="group" aria-label="Controls">
      {done && (
        <Button
          variant="primary"
          size="large"
          className={classes(css.done, done.unavailable && css.unavailable)}
          aria-disabled={done.unavailable ?? undefined}
          aria-keyshortcuts={shortcuts ? done.shortcut : undefined}
          onClick={done.unavailable ? undefined : done.act}
        >
          I'm done
          {shortcuts && <Key>{done.shortcut}</Key>}
        </Button>
      )}
      <div className={css.row}>
        {mute && (
          <Control action={mute} icon={mute.pressed ? "unmute" : "mute"} shortcuts={shortcuts}>
            {mute.pressed ? "Unmute" : "Mute"}
          </Control>
        )}
        <Control action={moreTime} icon="pause" shortcuts={shortcuts}>
          Give me a moment
        </Control>
        <Control action={repeat} icon="repeat" shortcuts={shortcuts}>
          Repeat
        </Control>
        <Control action={skip} icon="skip" shortcuts={shortcuts}>
          Skip
        </Control>
        {type && (
          <Control action={type} icon="type" shortcuts={shortcuts}>
            Type
          </Control>
        )}
        <Control action={leave} icon="leave" shortcuts={shortcuts}>
          Leave
        </Control>
      </div>
    </div>
  );
}

function Control({
  action,
  icon,
  shortcuts,
  children,
}: {
  action: Action;
  icon: IconName;
  shortcuts: boolean;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      className={classes(css.control, action.unavailable && css.unavailable)}
      data-pressed={action.pressed === true ? true : undefined}
      aria-disabled={action.unavailable ?? undefined}
      aria-keyshortcuts={shortcuts ? action.shortcut : undefined}
      onClick={action.unavailable ? undefined : action.act}
    >
      <Icon name={icon} />
      <span>{children}</span>
      {shortcuts && <Key>{action.shortcut}</Key>}
    </button>
  );
}

function Key({ children }: { children: string }) {
  return (
    <kbd className={css.key} aria-hidden="true">
      {children}
    </kbd>
  );
}
