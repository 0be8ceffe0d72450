import type { ReactNode } from "react";
import { Link } from "wouter";

import type { ApiError } from "@/api/client";
import { Button, buttonClasses } from "@/ui/Button";

import css from "./StatePage.module.css";

/** A designed stop: what is the matter, and what one can do about it. */
export function StatePanel({
  title,
  children,
  actions,
  live,
}: {
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
  live?: "status" | "alert";
}) {
  return (
    <section className={css.panel} role={live}>
      <h2>{title}</h2>
      {children}
      {actions && <div className={css.actions}>{actions}</div>}
    </section>
  );
}

interface Words {
  title: string;
  text: string;
  retry: boolean;
}

function wordsFor(error: ApiError, what: string): Words {
  switch (error.status) {
    case 0:
      return {
        title: "The service can’t be reached",
        text: "It may be starting, or this computer is offline. Nothing was lost.",
        retry: true,
      };
    case 403:
      return {
        title: "You may not open this",
        text: `The key you logged in with has no access to ${what}. Log in with another key, or ask whoever runs the service.`,
        retry: false,
      };
    case 404:
      return {
        title: "There is nothing here",
        text: `We know no such thing as ${what} in this workspace. Perhaps the address was cut off, it belongs to another workspace, or it was erased.`,
        retry: false,
      };
    case 410:
      return {
        title: "This was erased",
        text: "The recording, the transcript and all personal data were deleted for good, as asked or because their time to be kept was over. Nothing can be brought back.",
        retry: false,
      };
    case 429:
      return {
        title: "Too many requests",
        text: `The service asks for a pause of ${error.retryAfter ?? 60} seconds.`,
        retry: true,
      };
    default:
      return {
        title: "This could not be loaded",
        text: "The fault is on our side. Try again; if it stays, the service’s log says more.",
        retry: true,
      };
  }
}

/** The stop for a refused call. `what`: what was asked for, as it fits into a sentence. */
export function ErrorPanel({
  error,
  what,
  onRetry,
}: {
  error: ApiError;
  what: string;
  onRetry?: () => void;
}) {
  const words = wordsFor(error, what);
  return (
    <StatePanel
      title={words.title}
      live="alert"
      actions={
        <>
          {words.retry && onRetry && (
            <Button variant="primary" onClick={onRetry}>
              Try again
            </Button>
          )}
          {!words.retry && (
            <Link href="/" className={buttonClasses("secondary")}>
              All postings
            </Link>
          )}
        </>
      }
    >
      <p>{words.text}</p>
      {error.status >= 500 && (
        <p className={css.code}>
          {error.status} {error.code}
        </p>
      )}
    </StatePanel>
  );
}

/** The same as a page of its own, where there is no frame around it yet. */
export function StatePage(props: { error: ApiError; what: string; onRetry?: () => void }) {
  return (
    <main className={css.page}>
      <h1 className="visually-hidden">Review</h1>
      <ErrorPanel {...props} />
    </main>
  );
}
