import { type SyntheticEvent, useCallback, useState } from "react";

import { ApiError } from "@/api/client";
import type { CandidatePosting } from "@/api/types";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Field } from "@/ui/Field";
import { Loading } from "@/ui/Loading";
import { Notice } from "@/ui/Notice";

import { type Applicant, apply, getPosting } from "./api/interviews";
import { ErrorPage } from "./ErrorPage";
import { Frame } from "./Frame";
import { useLoaded } from "./hooks/useLoaded";
import css from "./PostingPage.module.css";
import { plural } from "./words";

const CLOSED = new ApiError(410, "gone", "This posting takes no candidates any more.");

/** A posting's public page: name and e-mail, then an interview of one's own. */
export function PostingPage({ workspace, slug }: { workspace: string; slug: string }) {
  const load = useCallback(
    (signal: AbortSignal) => getPosting(workspace, slug, signal),
    [workspace, slug],
  );
  const [loaded, reload] = useLoaded(load);
  if (loaded.status === "loading") return <Loading label="Opening the posting" />;
  if (loaded.status === "failed") {
    return <ErrorPage error={loaded.error} what="posting" onRetry={() => void reload()} />;
  }
  if (!loaded.data.open) {
    return <ErrorPage error={CLOSED} what="posting" onRetry={() => void reload()} />;
  }
  return <Apply posting={loaded.data} onApply={(applicant) => apply(workspace, slug, applicant)} />;
}

type Fields = "name" | "email" | "phone_number";

function Apply({
  posting,
  onApply,
}: {
  posting: CandidatePosting;
  onApply: (applicant: Applicant) => Promise<{ interview_url: string }>;
}) {
  const [values, setValues] = useState({ name: "", email: "", phone_number: "" });
  const [errors, setErrors] = useState<Partial<Record<Fields, string>>>({});
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const wrong = objections(values);
    setErrors(wrong);
    setFailure(null);
    if (Object.keys(wrong).length > 0) {
      focusFirst(form, wrong);
      return;
    }
    setBusy(true);
    const phone = values.phone_number.replace(/[^\d+]/g, "");
    try {
      const { interview_url } = await onApply({
        name: values.name.trim(),
        email: values.email.trim(),
        ...(phone ? { phone_number: phone } : {}),
      });
      window.location.assign(new URL(interview_url, window.location.href).pathname);
    } catch (error) {
      setBusy(false);
      if (error instanceof ApiError && Object.keys(error.fields).length > 0) {
        setErrors(error.fields);
        focusFirst(form, error.fields);
      } else {
        setFailure(error instanceof ApiError ? error.message : "That did not work.");
      }
    }
  };

  const field = (name: Fields) => ({
    name,
    value: values[name],
    error: errors[name],
    onChange: (event: { target: { value: string } }) =>
      setValues({ ...values, [name]: event.target.value }),
  });

  return (
    <Frame
      company={posting.company}
      title={posting.title}
      lead={`A first interview by voice with ${posting.interviewer.name}, an AI interviewer: ${plural(posting.limits.question_count, "question")}, about ${plural(posting.limits.expected_minutes, "minute")}, whenever it suits you. People at ${posting.company} decide.`}
    >
      {(posting.job_overview ?? posting.company_overview) && (
        <section className={css.about} aria-label="About the job">
          {posting.job_overview && <p>{posting.job_overview}</p>}
          {posting.company_overview && <p>{posting.company_overview}</p>}
        </section>
      )}
      <Card>
        <form className={css.form} onSubmit={(event) => void submit(event)} noValidate>
          <Field {...field("name")} label="Your name" autoComplete="name" required />
          <Field
            {...field("email")}
            label="E-mail"
            type="email"
            autoComplete="email"
            hint="Used only to get in touch about this application."
            required
          />
          <Field
            {...field("phone_number")}
            label="Phone (optional)"
            type="tel"
            autoComplete="tel"
            hint="With the country code, like +1 310 555 7654."
          />
          {failure && (
            <Notice tone="bad" live="alert">
              <p>{failure}</p>
            </Notice>
          )}
          <div>
            <Button type="submit" variant="primary" size="large" busy={busy}>
              Go to my interview
            </Button>
          </div>
        </form>
      </Card>
      <p className={css.note}>Nothing is recorded before you have read how it works and agreed.</p>
    </Frame>
  );
}

/** What a person would notice; the service checks again. */
function objections(values: Record<Fields, string>): Partial<Record<Fields, string>> {
  const wrong: Partial<Record<Fields, string>> = {};
  if (values.name.trim() === "") wrong.name = "Please tell us your name.";
  if (!/^\S+@\S+\.\S+$/.test(values.email.trim())) {
    wrong.email = "Please give an e-mail address, like name@example.org.";
  }
  const phone = values.phone_number.replace(/[\s().-]/g, "");
  if (phone !== "" && !/^\+[1-9]\d{6,14}$/.test(phone)) {
    wrong.phone_number = "Please begin with + and the country code, or leave it empty.";
  }
  return wrong;
}

function focusFirst(form: HTMLFormElement, wrong: object): void {
  const first = Object.keys(wrong).find((name) => form.elements.namedItem(name));
  const input = first === undefined ? null : form.elements.namedItem(first);
  if (input instanceof HTMLElement) input.focus();
}
