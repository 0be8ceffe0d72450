import type { ReactNode } from "react";

import css from "./Notice.module.css";
import { classes } from "./classes";

/**
 * Something the reader should know, told by words as well as colour.
 * `live`: announced by screen readers when it appears (`alert` interrupts, use it for errors).
 */
export function Notice({
  tone = "info",
  title,
  live,
  className,
  children,
}: {
  tone?: "info" | "good" | "warn" | "bad";
  title?: ReactNode;
  live?: "status" | "alert";
  className?: string | undefined;
  children?: ReactNode;
}) {
  return (
    <div className={classes(css.notice, css[tone], className)} role={live}>
      {title && <p className={css.title}>{title}</p>}
      {children}
    </div>
  );
}
