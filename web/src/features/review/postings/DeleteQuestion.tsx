import { useState } from "react";

import { ApiError } from "@/api/client";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";

import type { Question } from "../model/types";
import css from "./QuestionList.module.css";

/** Asks before a question goes for good, and says what goes with it. */
export function DeleteQuestion({
  question,
  noun,
  onDelete,
  onClose,
}: {
  question: Question | null;
  noun: string;
  onDelete: (question: Question) => Promise<void>;
  onClose: () => void;
}) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const close = () => {
    setProblem(null);
    onClose();
  };
  const remove = async () => {
    if (question === null) return;
    setBusy(true);
    try {
      await onDelete(question);
      close();
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : "This could not be stored.");
    }
    setBusy(false);
  };
  return (
    <Dialog
      open={question !== null}
      title={`Delete this ${noun}?`}
      onClose={close}
      actions={
        <>
          <Button variant="primary" onClick={close}>
            Keep it
          </Button>
          <Button variant="danger" busy={busy} onClick={() => void remove()}>
            Delete
          </Button>
        </>
      }
    >
      <p className={css.quoted}>{question?.text}</p>
      <p>Interviews that have begun keep it, and so do scorecards.</p>
      {problem !== null && (
        <p className={css.problem} role="alert">
          {problem}
        </p>
      )}
    </Dialog>
  );
}
