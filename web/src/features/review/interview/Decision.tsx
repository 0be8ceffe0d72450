import { useState } from "react";

import { ApiError } from "@/api/client";
import { Button } from "@/ui/Button";

import * as api from "../model/api";
import type { CandidateStatus } from "../model/types";
import { statusWords } from "../model/words";
import { Icon } from "../ui/Icon";
import css from "./Decision.module.css";

/** The recruiter's decision; it can be changed, and the AI takes none. */
export function Decision({
  interviewId,
  status,
  onDecided,
  onRefused,
}: {
  interviewId: string;
  status: CandidateStatus;
  onDecided: () => void;
  onRefused: (error: ApiError) => void;
}) {
  const [busy, setBusy] = useState<"shortlist" | "dismiss" | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  const decide = async (decision: "shortlist" | "dismiss") => {
    setBusy(decision);
    setProblem(null);
    try {
      await api.decide(interviewId, decision);
      onDecided();
    } catch (error) {
      if (error instanceof ApiError) onRefused(error);
      setProblem(error instanceof ApiError ? error.message : "This could not be stored.");
    } finally {
      setBusy(null);
    }
  };

  return (
    <div className={css.decision}>
      <div className={css.buttons} role="group" aria-label="Your decision">
        <Button
          variant={status === "shortlisted" ? "secondary" : "primary"}
          aria-pressed={status === "shortlisted"}
          busy={busy === "shortlist"}
          disabled={status === "shortlisted"}
          onClick={() => void decide("shortlist")}
        >
          <Icon name="check" size={18} />
          {status === "shortlisted" ? "Shortlisted" : "Shortlist"}
        </Button>
        <Button
          aria-pressed={status === "dismissed"}
          busy={busy === "dismiss"}
          disabled={status === "dismissed"}
          onClick={() => void decide("dismiss")}
        >
          <Icon name="cross" size={18} />
          {status === "dismissed" ? "Dismissed" : "Dismiss"}
        </Button>
      </div>
      <p className={css.said} role="status">
        {problem !== null && <span className={css.problem}>{problem}</span>}
        {problem === null && busy === null && status !== "completed" && (
          <span className="visually-hidden">Status: {statusWords(status).label}</span>
        )}
      </p>
    </div>
  );
}
