/** The service's codes in a recruiter's words. */

import type { AnswerStatus, CandidateStatus, ScorecardRow } from "./types";

/** How a status is drawn: its tone is never its only sign, the label always stands beside it. */
export type Tone = "quiet" | "busy" | "good" | "bad";

export const STATUS: Record<CandidateStatus, { label: string; tone: Tone }> = {
  pending: { label: "Not started", tone: "quiet" },
  in_progress: { label: "In progress", tone: "busy" },
  evaluating: { label: "Being evaluated", tone: "busy" },
  completed: { label: "To review", tone: "good" },
  shortlisted: { label: "Shortlisted", tone: "good" },
  dismissed: { label: "Dismissed", tone: "bad" },
  knocked_out: { label: "Not eligible", tone: "bad" },
};

const FALLBACK = { label: "Unknown", tone: "quiet" } as const;

export function statusWords(status: string): { label: string; tone: Tone } {
  return (STATUS as Partial<Record<string, { label: string; tone: Tone }>>)[status] ?? FALLBACK;
}

/** `meaning`: what happened, where the report doesn't say it; `counting`: what it does to the score. */
interface AnswerWords {
  label: string;
  meaning: string;
  counting: string;
}

const ANSWER: Record<AnswerStatus, AnswerWords | null> = {
  answered: null,
  not_answered: {
    label: "Not answered",
    meaning: "The question was asked and the candidate gave no answer.",
    counting: "It counts as 1.",
  },
  not_reached: {
    label: "Not reached",
    meaning: "The interview ended before this question.",
    counting: "It is not counted.",
  },
  not_recognised: {
    label: "Not recognised",
    meaning: "Something was said, but our recording or recognition failed.",
    counting: "It is not counted; listen and rate it yourself.",
  },
};

/** What to say of a row that has no ordinary answer, or null. */
export function answerWords(row: ScorecardRow): AnswerWords | null {
  return ANSWER[row.status ?? "answered"] ?? null;
}

const FLAGS: Record<string, string> = {
  instructions_in_answer:
    "The candidate said something addressed to the scoring model. It was not followed; listen to the answer yourself.",
  instructions_in_resume:
    "The resume holds text addressed to the scoring model. It was not followed; read the resume yourself.",
  not_assessed:
    "The answer could not be assessed for a technical reason. It is not counted; listen and rate it yourself.",
  wide_spread: "The AI was unsure of this score. Worth listening to.",
};

/** A code without words of its own, readable rather than hidden. */
function readable(code: string): string {
  if (/\s/.test(code)) return code;
  const text = code.replaceAll(/[_-]+/g, " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A flag in words; an unknown code is shown readably rather than hidden. */
export function flagWords(flag: string): string {
  return FLAGS[flag] ?? readable(flag);
}

const NOTICED: Record<string, string> = {
  tab_hidden: "Went to another tab or window",
  tab_visible: "Came back to the interview",
  paste: "Pasted text into a written answer",
};

/** What the candidate's page noticed, in words that judge nothing. */
export function noticedWords(kind: string): string {
  return NOTICED[kind] ?? readable(kind);
}

export function postingStatusWords(status: string): { label: string; tone: Tone } {
  switch (status) {
    case "active":
      return { label: "Active", tone: "good" };
    case "draft":
      return { label: "Draft", tone: "quiet" };
    case "expired":
      return { label: "Closed", tone: "quiet" };
    case "archived":
      return { label: "Archived", tone: "quiet" };
    default:
      return { label: status, tone: "quiet" };
  }
}
