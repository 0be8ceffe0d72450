import { type SubmitEvent, useState } from "react";

import { ApiError } from "@/api/client";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Field } from "@/ui/Field";
import { Notice } from "@/ui/Notice";
import { useTitle } from "@/ui/useTitle";

import * as api from "../model/api";
import css from "./LoginPage.module.css";

function explain(error: unknown): string {
  if (!(error instanceof ApiError)) return "The answer of the service could not be read.";
  if (error.status === 401 || error.status === 422) {
    return "This key is not known, or it was revoked. Check that all of it was copied.";
  }
  if (error.status === 403) return "This key may not open the review pages.";
  if (error.status === 429) {
    return `Too many tries. Wait ${error.retryAfter ?? 60} seconds, then try again.`;
  }
  return error.message;
}

/** Asks for an API key. The key goes to the service once and is kept nowhere in the browser. */
export function LoginPage({
  reason,
  onEntered,
}: {
  reason: "expired" | "logged_out" | null;
  onEntered: () => void;
}) {
  useTitle("Log in · Review");
  const [key, setKey] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (key.trim() === "") {
      setProblem("Paste an API key first.");
      return;
    }
    setBusy(true);
    setProblem(null);
    try {
      await api.logIn(key.trim());
      onEntered();
    } catch (error) {
      setProblem(explain(error));
      setBusy(false);
    }
  };

  return (
    <main className={css.page}>
      <Card className={css.card}>
        <h1>Review interviews</h1>
        {reason === "expired" && (
          <Notice tone="warn" live="status" title="Your session has ended">
            <p>Log in again to go on where you were. Nothing was lost.</p>
          </Notice>
        )}
        {reason === "logged_out" && (
          <Notice tone="good" live="status" title="You are logged out">
            <p>This browser no longer has access.</p>
          </Notice>
        )}
        <form className={css.form} onSubmit={(event) => void submit(event)} noValidate>
          <Field
            label="API key"
            hint={
              <>
                Printed when the service first started, or made with{" "}
                <code>interviewer keys create</code>.
              </>
            }
            type="password"
            name="api-key"
            autoComplete="current-password"
            spellCheck={false}
            value={key}
            onChange={(event) => setKey(event.target.value)}
            error={problem}
          />
          <Button variant="primary" type="submit" busy={busy}>
            Log in
          </Button>
        </form>
        <p className={css.note}>
          You stay logged in for 12 hours, in this browser only. Have a link to an interview as a
          candidate? Open that link instead; no key is needed.
        </p>
      </Card>
    </main>
  );
}
