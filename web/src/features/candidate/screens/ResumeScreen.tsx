import { type DragEvent, useId, useRef, useState } from "react";

import { ApiError } from "@/api/client";
import type { CandidateInterview } from "@/api/types";
import { Button } from "@/ui/Button";
import { classes } from "@/ui/classes";
import { Notice } from "@/ui/Notice";

import { skipResume, uploadResume } from "../api/interviews";
import { Frame } from "../Frame";
import { megabytes } from "../words";
import css from "./ResumeScreen.module.css";
import { stepOf } from "./steps";

/** Types the service reads; the page says so before a pointless upload. */
const ACCEPTED = /\.(pdf|docx|odt|txt|text|md)$/i;

/** What is wrong with the file, as far as the page can tell, or null. */
function objection(file: File, maxBytes: number): string | null {
  if (!ACCEPTED.test(file.name)) {
    return `“${file.name}” is not a PDF, Word (.docx), OpenDocument (.odt) or plain text file.`;
  }
  if (file.size === 0) return `“${file.name}” is empty.`;
  if (file.size > maxBytes) {
    return `“${file.name}” is larger than ${megabytes(maxBytes)}. A PDF without pictures is smaller.`;
  }
  return null;
}

/** The resume: drop it, choose it, or go on without where the posting lets one. */
export function ResumeScreen({
  interview,
  onDone,
}: {
  interview: CandidateInterview;
  onDone: () => Promise<void>;
}) {
  const { interview_id: id, limits, posting } = interview;
  const optional = interview.steps.find((step) => step.type === "resume")?.optional ?? false;
  const [busy, setBusy] = useState<"upload" | "skip" | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const hintId = useId();

  const attempt = async (kind: "upload" | "skip", action: () => Promise<unknown>) => {
    setBusy(kind);
    setProblem(null);
    try {
      await action();
      await onDone();
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : "That did not work.");
      setBusy(null);
    }
  };

  const take = (file: File | undefined) => {
    if (!file || busy) return;
    const wrong = objection(file, limits.resume_max_bytes);
    if (wrong) setProblem(wrong);
    else void attempt("upload", () => uploadResume(id, file));
  };

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };

  return (
    <Frame
      company={posting.company}
      step={stepOf(interview, "resume")}
      title={optional ? "Would you like to add your resume?" : "Please add your resume"}
      lead={
        optional
          ? "It helps with the context of your answers. The interview is the same without it."
          : `${posting.company} asks everyone for it before the interview.`
      }
    >
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions --
          dropping is an extra; the button below does the same for every hand and key */}
      <section
        aria-label="Resume file"
        className={classes(css.drop, over && css.over)}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <p className={css.invite}>{busy === "upload" ? "Reading your resume…" : "Drop it here"}</p>
        <p className={css.hint} id={hintId}>
          PDF, Word (.docx), OpenDocument or plain text, up to {megabytes(limits.resume_max_bytes)}
        </p>
        <input
          ref={picker}
          type="file"
          accept=".pdf,.docx,.odt,.txt,.md"
          aria-label="Choose a file"
          aria-describedby={hintId}
          className="visually-hidden"
          tabIndex={-1}
          onChange={(event) => {
            take(event.target.files?.[0]);
            event.target.value = "";
          }}
        />
      </section>
      {problem && (
        <Notice tone="bad" live="alert" title="We could not use that file">
          <p>{problem} You can choose another one{optional ? ", or go on without" : ""}.</p>
        </Notice>
      )}
      <div className={css.actions}>
        <Button
          variant={optional ? "secondary" : "primary"}
          size="large"
          busy={busy === "upload"}
          disabled={busy === "skip"}
          onClick={() => picker.current?.click()}
        >
          Choose a file
        </Button>
        {optional && (
          <Button
            size="large"
            busy={busy === "skip"}
            disabled={busy === "upload"}
            onClick={() => void attempt("skip", () => skipResume(id))}
          >
            Go on without
          </Button>
        )}
      </div>
    </Frame>
  );
}
