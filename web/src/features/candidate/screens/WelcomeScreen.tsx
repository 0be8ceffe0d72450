import { type SyntheticEvent, useId, useState } from "react";

import { ApiError } from "@/api/client";
import type { CandidateInterview } from "@/api/types";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Notice } from "@/ui/Notice";

import { giveConsent } from "../api/interviews";
import { Frame } from "../Frame";
import { longDate, plural, possessive } from "../words";
import { stepOf } from "./steps";
import css from "./WelcomeScreen.module.css";

/** Who asks, what about, what is kept; and the two consents without which nothing begins. */
export function WelcomeScreen({
  interview,
  onDone,
}: {
  interview: CandidateInterview;
  onDone: () => Promise<void>;
}) {
  const { candidate, posting, interviewer, limits } = interview;
  const company = posting.company;
  return (
    <Frame
      company={company}
      step={stepOf(interview, "welcome")}
      title={`Hi ${candidate.first_name}. ${interviewer.name} is ${possessive(company)} AI interviewer.`}
      lead={
        <>
          A spoken interview for <strong>{posting.title}</strong>:{" "}
          {plural(limits.question_count, "question")}, about{" "}
          {plural(limits.expected_minutes, "minute")}. There is no rush, and you can pause at any
          time.
        </>
      }
    >
      {posting.deadline !== null && (
        <p className={css.deadline}>Open until {longDate(posting.deadline)}.</p>
      )}
      <Facts interview={interview} />
      <ConsentForm interview={interview} onDone={onDone} />
    </Frame>
  );
}

function Facts({ interview }: { interview: CandidateInterview }) {
  const { posting, interviewer, options } = interview;
  const contact = options.contact ?? "the people who invited you";
  return (
    <Card as="section" aria-label="How this interview works">
      <dl className={css.facts}>
        <div>
          <dt>What is recorded</dt>
          <dd>
            Your voice{options.video ? " and your camera's picture" : ""}, and what was said as
            text. Also whether you switched to another tab or pasted an answer.
            {options.video && " The camera can stay off."}
          </dd>
        </div>
        <div>
          <dt>What is assessed</dt>
          <dd>What you say: each answer against what the question is looking for.</dd>
        </div>
        <div>
          <dt>What is not</dt>
          <dd>Your face, your accent, your emotions, your surroundings.</dd>
        </div>
        <div>
          <dt>Who decides</dt>
          <dd>
            People at {posting.company}. {interviewer.name} only prepares: a suggested score with
            quotes from your answers, which they can check and change.
          </dd>
        </div>
        <div>
          <dt>How long it is kept</dt>
          <dd>
            {options.retention_days === null
              ? `As long as ${posting.company} needs it for this decision.`
              : `${plural(options.retention_days, "day")}, then it is deleted.`}{" "}
            You can ask to see, correct or erase it earlier.
          </dd>
        </div>
        <div>
          <dt>A person, or more time</dt>
          <dd>
            Write to {contact}, or simply say so during the interview. Asking counts for nothing in
            the score.
          </dd>
        </div>
      </dl>
    </Card>
  );
}

function ConsentForm({
  interview,
  onDone,
}: {
  interview: CandidateInterview;
  onDone: () => Promise<void>;
}) {
  const { consent } = interview;
  const [recording, setRecording] = useState(false);
  const [assessment, setAssessment] = useState(false);
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const missing = asked && !(recording && assessment);

  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    setAsked(true);
    if (!recording || !assessment) return;
    setBusy(true);
    setFailure(null);
    try {
      await giveConsent(interview.interview_id);
      await onDone();
    } catch (error) {
      setFailure(error instanceof ApiError ? error.message : "That did not work.");
      setBusy(false);
    }
  };

  return (
    <form className={css.form} onSubmit={(event) => void submit(event)} noValidate>
      <fieldset className={css.consent}>
        <legend>Before we begin, please decide on both</legend>
        <Consent
          text={consent.recording_text}
          checked={recording}
          onChange={setRecording}
          missing={missing && !recording}
        />
        <Consent
          text={consent.assessment_text}
          checked={assessment}
          onChange={setAssessment}
          missing={missing && !assessment}
        />
      </fieldset>
      {missing && (
        <Notice tone="warn" live="alert">
          <p>
            Both boxes are needed to go on. If you would rather not, close this page and ask{" "}
            {interview.options.contact ?? "the people who invited you"} for another way; nothing was
            recorded.
          </p>
        </Notice>
      )}
      {failure && (
        <Notice tone="bad" live="alert">
          <p>{failure} Please try again.</p>
        </Notice>
      )}
      <div>
        <Button type="submit" variant="primary" size="large" busy={busy} className={css.go}>
          Agree and continue
        </Button>
      </div>
    </form>
  );
}

function Consent({
  text,
  checked,
  onChange,
  missing,
}: {
  text: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  missing: boolean;
}) {
  const id = useId();
  return (
    <div className={css.box} data-missing={missing || undefined}>
      <input
        id={id}
        type="checkbox"
        checked={checked}
        aria-invalid={missing || undefined}
        onChange={(event) => onChange(event.target.checked)}
      />
      <label htmlFor={id}>{text}</label>
    </div>
  );
}
