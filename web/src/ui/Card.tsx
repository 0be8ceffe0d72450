import type { HTMLAttributes } from "react";

import css from "./Card.module.css";
import { classes } from "./classes";

/** A sheet on the page's ground. `as` names the element where a landmark or list item is meant. */
export function Card({
  as: Element = "div",
  className,
  ...rest
}: HTMLAttributes<HTMLElement> & { as?: "div" | "section" | "article" | "li" | "aside" }) {
  return <Element {...rest} className={classes(css.card, className)} />;
}
