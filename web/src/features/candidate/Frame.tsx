import { type ReactNode, useEffect, useRef } from "react";

import { useTitle } from "@/ui/useTitle";

import css from "./Frame.module.css";

/**
 * One screen before or after the interview: whose it is, one heading, one thing to do.
 * The heading takes the focus, so that a change of screen is heard as well as seen.
 */
export function Frame({
  company,
  step,
  title,
  lead,
  children,
}: {
  company: string;
  /** Where one is on the way, e.g. "Step 2 of 3". */
  step?: string | undefined;
  title: string;
  lead?: ReactNode;
  children: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useTitle(`${title} · ${company}`);
  useEffect(() => {
    window.scrollTo(0, 0);
    heading.current?.focus({ preventScroll: true });
  }, []);

  return (
    <div className={css.frame}>
      <header className={css.header}>
        <span className={css.company}>{company}</span>
        {step && <span className={css.step}>{step}</span>}
      </header>
      <main className={css.main}>
        <div className={css.heading}>
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead && <p className={css.lead}>{lead}</p>}
        </div>
        {children}
      </main>
    </div>
  );
}
