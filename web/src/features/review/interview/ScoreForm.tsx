import { type SubmitEvent, useEffect, useId, useRef, useState } from "react";

import { ApiError } from "@/api/client";
import { Button } from "@/ui/Button";

import css from "./ScoreForm.module.css";

const SCORES = [1, 2, 3, 4, 5];
const REASON_MAX = 2000;

/** One's own score with its reason. The AI's stays where it is. */
export function ScoreForm({
  score,
  onScore,
  reason: initialReason,
  onSave,
  onCancel,
}: {
  score: number | null;
  onScore: (score: number) => void;
  reason: string;
  onSave: (score: number, reason: string) => Promise<void>;
  onCancel: () => void;
}) {
  const id = useId();
  const [reason, setReason] = useState(initialReason);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const startedWithScore = useRef(score !== null);

  useEffect(() => {
    const wanted = startedWithScore.current ? "textarea" : "input";
    form.current?.querySelector<HTMLElement>(wanted)?.focus({ preventScroll: true });
    form.current?.scrollIntoView({ block: "nearest" });
  }, []);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (score === null || reason.trim() === "") {
      setProblem(score === null ? "Choose a score from 1 to 5." : "Say why, in a few words.");
      return;
    }
    setBusy(true);
    setProblem(null);
    try {
      await onSave(score, reason.trim());
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : "This could not be stored.");
      setBusy(false);
    }
  };

  return (
    <form
      ref={form}
      className={css.form}
      aria-label="Your score"
      onSubmit={(event) => void submit(event)}
      noValidate
    >
      <fieldset className={css.scores}>
        <legend>Your score</legend>
        {SCORES.map((one) => (
          <label key={one}>
            <input
              type="radio"
              name={`${id}-score`}
              value={one}
              checked={score === one}
              onChange={() => onScore(one)}
            />
            <span>{one}</span>
          </label>
        ))}
      </fieldset>
      <div className={css.reason}>
        <label htmlFor={`${id}-reason`}>Why</label>
        <textarea
          id={`${id}-reason`}
          rows={2}
          maxLength={REASON_MAX}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
              form.current?.requestSubmit();
            }
          }}
          aria-invalid={problem !== null || undefined}
          aria-describedby={problem === null ? undefined : `${id}-problem`}
        />
      </div>
      {problem !== null && (
        <p id={`${id}-problem`} className={css.problem} role="alert">
          {problem}
        </p>
      )}
      <div className={css.actions}>
        <Button variant="primary" size="small" type="submit" busy={busy}>
          Save
        </Button>
        <Button variant="quiet" size="small" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
