import { type SubmitEvent, useEffect, useRef, useState } from "react";

import { ApiError } from "@/api/client";
import { Button } from "@/ui/Button";
import { Field, SelectField, TextField } from "@/ui/Field";

import {
  changesOf,
  type Draft,
  type DraftField,
  draftOf,
  FIELDS,
  MOST,
  type Objections,
  objectionsTo,
} from "../model/questions";
import type { Modality, Question } from "../model/types";
import css from "./QuestionForm.module.css";

const upTo = (most: number) =>
  Array.from({ length: most + 1 }, (_, n) => ({ value: String(n), label: String(n) }));

/** The service's objections, as far as they name a field that stands here. */
function refusedFields(error: unknown): Objections {
  if (!(error instanceof ApiError)) return {};
  return Object.fromEntries(
    FIELDS.voice.flatMap((name) => (error.fields[name] ? [[name, error.fields[name]]] : [])),
  );
}

/** Writes one question or criterion: a new one, or changes to `question`. */
export function QuestionForm({
  modality,
  question,
  label,
  onSave,
  onClose,
}: {
  modality: Modality;
  question: Question | null;
  /** What the form is for, e.g. "Question 2". */
  label: string;
  /** Rejects with what the service answered. */
  onSave: (fields: object) => Promise<void>;
  onClose: () => void;
}) {
  const [before] = useState(() => draftOf(question));
  const [draft, setDraft] = useState(before);
  const [wrong, setWrong] = useState<Objections>({});
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  useEffect(() => form.current?.querySelector("textarea")?.focus(), []);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [wrong]);

  const unchanged = () => Object.keys(changesOf(draft, before, modality)).length === 0;

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const objections = objectionsTo(draft, modality);
    setWrong(objections);
    setProblem(null);
    if (Object.keys(objections).length > 0) return;
    if (question !== null && unchanged()) {
      onClose();
      return;
    }
    setBusy(true);
    try {
      await onSave(changesOf(draft, question === null ? null : before, modality));
      onClose();
    } catch (error) {
      const fields = refusedFields(error);
      setWrong(fields);
      if (Object.keys(fields).length === 0) {
        setProblem(error instanceof ApiError ? error.message : "This could not be stored.");
      }
      setBusy(false);
    }
  };

  return (
    // The keys only press what its two buttons press.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form
      ref={form}
      className={css.form}
      aria-label={label}
      noValidate
      onSubmit={(event) => void submit(event)}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.current?.requestSubmit();
        if (event.key === "Escape" && unchanged()) onClose();
      }}
    >
      <Fields
        modality={modality}
        draft={draft}
        wrong={wrong}
        onChange={(change) => setDraft({ ...draft, ...change })}
      />
      {problem !== null && (
        <p className={css.problem} role="alert">
          {problem}
        </p>
      )}
      <div className={css.actions}>
        <Button variant="primary" size="small" type="submit" busy={busy}>
          {question === null ? "Add" : "Save"}
        </Button>
        <Button variant="quiet" size="small" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

interface FieldsProps {
  modality: Modality;
  draft: Draft;
  wrong: Objections;
  onChange: (change: Partial<Draft>) => void;
}

function Fields({ modality, draft, wrong, onChange }: FieldsProps) {
  const text = (name: DraftField, rows: number, maxLength: number = MOST.long) => ({
    value: String(draft[name]),
    error: wrong[name],
    rows,
    maxLength,
    onChange: (event: { target: { value: string } }) => onChange({ [name]: event.target.value }),
  });
  if (modality !== "voice") {
    return (
      <div className={css.short}>
        <TextField {...text("text", 1, MOST.text)} label="What is looked for" />
        {FIELDS[modality].includes("score_weight") && (
          <Weight draft={draft} wrong={wrong} onChange={onChange} />
        )}
      </div>
    );
  }
  return (
    <>
      <TextField
        {...text("text", 2, MOST.text)}
        label="Question"
        hint="Read aloud word for word. One thing that happened gets the best answers."
      />
      <TextField {...text("evaluation_criteria", 2)} label="What to look for" />
      <div className={css.pair}>
        <TextField {...text("score_of_1", 2)} label="A 1 sounds like" />
        <TextField {...text("score_of_5", 2)} label="A 5 sounds like" />
      </div>
      <div className={css.numbers}>
        <Weight draft={draft} wrong={wrong} onChange={onChange} />
        <SelectField
          label="Follow-ups from"
          value={String(draft.min_follow_ups)}
          options={upTo(MOST.minFollowUps)}
          error={wrong.min_follow_ups}
          onChange={(value) => onChange({ min_follow_ups: Number(value) })}
        />
        <SelectField
          label="Follow-ups to"
          value={String(draft.max_follow_ups)}
          options={upTo(MOST.maxFollowUps)}
          error={wrong.max_follow_ups}
          onChange={(value) => onChange({ max_follow_ups: Number(value) })}
        />
      </div>
      <label className={css.tick}>
        <input
          type="checkbox"
          checked={draft.not_scored}
          onChange={(event) => onChange({ not_scored: event.target.checked })}
        />
        For the record only: not scored
      </label>
      <TextField
        {...text("additional_instructions", 1)}
        label="A hint for the follow-ups"
        hint="Like “If they speak of a team, ask for their own part.”"
      />
    </>
  );
}

function Weight({ draft, wrong, onChange }: Omit<FieldsProps, "modality">) {
  return (
    <Field
      className={css.weight}
      label="Weight"
      inputMode="decimal"
      value={draft.score_weight}
      error={wrong.score_weight}
      maxLength={9}
      onChange={(event) => onChange({ score_weight: event.target.value.replace(",", ".") })}
    />
  );
}
