import { useState } from "react";

import { ApiError } from "@/api/client";
import type { CandidateInterview, StoredOfMe } from "@/api/types";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Dialog } from "@/ui/Dialog";
import { Notice } from "@/ui/Notice";

import { askForErasure, getStored } from "../api/interviews";
import { clockTime, plural } from "../words";
import css from "./YourData.module.css";

/** One's rights, with the two that a page can grant by itself: to see, and to ask for erasure. */
export function YourData({
  interview,
  contact,
}: {
  interview: CandidateInterview;
  contact: string;
}) {
  const { interview_id: id, options, posting } = interview;
  const [stored, setStored] = useState<StoredOfMe | null>(null);
  const [asking, setAsking] = useState(false);
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);

  const attempt = async (action: () => Promise<void>) => {
    setBusy(true);
    setFailure(null);
    try {
      await action();
    } catch (error) {
      setFailure(error instanceof ApiError ? error.message : "That did not work.");
    }
    setBusy(false);
  };

  const look = () =>
    attempt(async () => {
      const found = await getStored(id);
      setStored(found);
      setAsked(found.erasure_requested);
    });

  const erase = () =>
    attempt(async () => {
      await askForErasure(id);
      setAsked(true);
      setAsking(false);
    });

  return (
    <Card as="section" className={css.card} aria-label="Your data">
      <h2>Your data</h2>
      <p>
        You may see what is stored, have mistakes corrected, have it all erased, or ask for a person
        to look again. For anything that these buttons can't do, write to {contact} and name this
        code: <code>{id}</code>.
        {options.retention_days !== null &&
          ` Without a word from you it is deleted after ${plural(options.retention_days, "day")}.`}
      </p>
      {asked && (
        <Notice tone="good" live="status">
          <p>You asked for erasure. {posting.company} has been told.</p>
        </Notice>
      )}
      {failure && (
        <Notice tone="bad" live="alert">
          <p>{failure} Please try again.</p>
        </Notice>
      )}
      <div className={css.actions}>
        <Button busy={busy && !asking} onClick={() => void look()}>
          See what is stored
        </Button>
        {!asked && <Button onClick={() => setAsking(true)}>Ask for erasure</Button>}
      </div>
      {stored && <Stored stored={stored} />}
      <Dialog
        open={asking}
        title="Ask for everything to be erased?"
        onClose={() => setAsking(false)}
        actions={
          <>
            <Button variant="primary" onClick={() => setAsking(false)}>
              Keep it
            </Button>
            <Button variant="danger" busy={busy} onClick={() => void erase()}>
              Ask for erasure
            </Button>
          </>
        }
      >
        <p>
          {posting.company} will be asked to erase the recording, the text and your details. Without
          them this interview can't be part of your application.
        </p>
      </Dialog>
    </Card>
  );
}

function Stored({ stored }: { stored: StoredOfMe }) {
  return (
    <div className={css.stored} role="status">
      <dl>
        <dt>Name</dt>
        <dd>{stored.name}</dd>
        <dt>E-mail</dt>
        <dd>{stored.email}</dd>
        <dt>Phone</dt>
        <dd>{stored.phone_number ?? "not given"}</dd>
        <dt>Resume</dt>
        <dd>{stored.resume_stored ? "stored" : "none"}</dd>
        <dt>Recording</dt>
        <dd>{stored.recording_stored ? "stored" : "none, or not ready yet"}</dd>
      </dl>
      {stored.transcript.length > 0 && (
        <details>
          <summary>What was said ({plural(stored.transcript.length, "turn")})</summary>
          <ol className={css.transcript}>
            {stored.transcript.map((turn) => (
              <li key={turn.turn_id}>
                <span className={css.time}>{clockTime(turn.start)}</span>
                <span>
                  <strong>{turn.speaker === "Candidate" ? "You" : turn.speaker}</strong> {turn.text}
                </span>
              </li>
            ))}
          </ol>
        </details>
      )}
    </div>
  );
}
