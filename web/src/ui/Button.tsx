import type { ButtonHTMLAttributes, Ref } from "react";

import css from "./Button.module.css";
import { classes } from "./classes";

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** `primary`: the one button that matters on a screen. */
  variant?: "primary" | "secondary" | "quiet" | "danger";
  size?: "small" | "normal" | "large";
  /** Shows that it is at work, and takes no second press meanwhile. */
  busy?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

/** A button, or with `linkButton` classes a link that looks like one. */
export function Button({
  variant = "secondary",
  size = "normal",
  busy = false,
  className,
  disabled,
  onClick,
  children,
  type = "button",
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      className={classes(css.button, css[variant], css[size], className)}
      disabled={disabled}
      aria-busy={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      {busy && <span className={css.spinner} aria-hidden="true" />}
      {children}
    </button>
  );
}

/** The classes of a button, for an `<a>` that should look like one. */
export function buttonClasses(
  variant: NonNullable<ButtonProps["variant"]> = "secondary",
  size: NonNullable<ButtonProps["size"]> = "normal",
): string {
  return classes(css.button, css[variant], css[size]);
}
