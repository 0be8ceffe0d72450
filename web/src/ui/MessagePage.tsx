import type { ReactNode } from "react";

import css from "./MessagePage.module.css";
import { Card } from "./Card";
import { useTitle } from "./useTitle";

/** A page that says one thing, and what one can do about it. */
export function MessagePage({
  title,
  children,
  actions,
}: {
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  useTitle(title);
  return (
    <main className={css.page}>
      <Card className={css.card}>
        <h1>{title}</h1>
        {children}
        {actions && <div className={css.actions}>{actions}</div>}
      </Card>
    </main>
  );
}
