import { Fragment, type ReactNode } from "react";
import { Link } from "wouter";

import { Button } from "@/ui/Button";
import { useTitle } from "@/ui/useTitle";

import { useSession } from "../session/session";
import css from "./Shell.module.css";

export interface Crumb {
  label: string;
  /** Absent for the page one is on. */
  href?: string;
}

/** The frame of every page: where one is, which workspace, the way out. */
export function Shell({
  title,
  crumbs,
  children,
}: {
  title: string;
  crumbs: Crumb[];
  children: ReactNode;
}) {
  const { workspace, logOut } = useSession();
  useTitle(`${title} · Review`);
  return (
    <>
      <a className={css.skip} href="#content">
        Skip to content
      </a>
      <header className={css.bar}>
        <nav aria-label="Where you are" className={css.crumbs}>
          {crumbs.map((crumb, i) => (
            <Fragment key={crumb.label}>
              {i > 0 && (
                <span className={css.slash} aria-hidden="true">
                  /
                </span>
              )}
              {crumb.href === undefined ? (
                <span aria-current="page" className={css.here}>
                  {crumb.label}
                </span>
              ) : (
                <Link href={crumb.href}>{crumb.label}</Link>
              )}
            </Fragment>
          ))}
        </nav>
        <div className={css.who}>
          <span className={css.workspace}>{workspace.name}</span>
          <Button variant="quiet" size="small" onClick={() => void logOut()}>
            Log out
          </Button>
        </div>
      </header>
      <main id="content" className={css.main} tabIndex={-1}>
        {children}
      </main>
    </>
  );
}
