/** A posting's questions as a recruiter writes, weighs and orders them. Pure. */

import type { Modality, Question } from "./types";

/** A question while it is written: numbers as typed, so that half a number is no error yet. */
export interface Draft {
  text: string;
  evaluation_criteria: string;
  score_of_1: string;
  score_of_5: string;
  additional_instructions: string;
  score_weight: string;
  not_scored: boolean;
  min_follow_ups: number;
  max_follow_ups: number;
}

export type DraftField = keyof Draft;
export type Objections = Partial<Record<DraftField, string>>;

/** What the service takes, in characters and follow-ups. */
export const MOST = { text: 2_000, long: 5_000, minFollowUps: 5, maxFollowUps: 10, weight: 1_000_000 };

const SPOKEN: readonly DraftField[] = [
  "text",
  "evaluation_criteria",
  "score_of_1",
  "score_of_5",
  "additional_instructions",
  "score_weight",
  "not_scored",
  "min_follow_ups",
  "max_follow_ups",
];

/** Which fields a modality has. */
export const FIELDS: Record<Modality, readonly DraftField[]> = {
  voice: SPOKEN,
  resume_eligibility: ["text"],
  resume_scoring: ["text", "score_weight"],
  voice_tags: ["text"],
};

/** The draft to begin with: of a question that is there, or of a new one. */
export function draftOf(question: Question | null): Draft {
  return {
    text: question?.text ?? "",
    evaluation_criteria: question?.evaluation_criteria ?? "",
    score_of_1: question?.score_of_1 ?? "",
    score_of_5: question?.score_of_5 ?? "",
    additional_instructions: question?.additional_instructions ?? "",
    score_weight: String(question?.score_weight ?? 1),
    not_scored: question?.not_scored ?? false,
    min_follow_ups: question?.min_follow_ups ?? 0,
    max_follow_ups: question?.max_follow_ups ?? 1,
  };
}

/** What is wrong with a draft, by field; the service checks again. */
export function objectionsTo(draft: Draft, modality: Modality): Objections {
  const wrong: Objections = {};
  if (draft.text.trim() === "") {
    wrong.text = modality === "voice" ? "Write what is asked." : "Write what is looked for.";
  }
  const weight = Number(draft.score_weight);
  if (draft.score_weight.trim() === "" || !(weight >= 0 && weight <= MOST.weight)) {
    wrong.score_weight = "A number from 0 up, like 1 or 2.5.";
  }
  if (draft.min_follow_ups > draft.max_follow_ups) {
    wrong.max_follow_ups = "Fewer than “from” says.";
  }
  const shown = FIELDS[modality];
  return Object.fromEntries(Object.entries(wrong).filter(([field]) => shown.includes(field as DraftField)));
}

/** As the API names and types a draft's field. */
function wireValue(draft: Draft, field: DraftField): string | number | boolean {
  const value = draft[field];
  if (field === "score_weight") return Number(value);
  return typeof value === "string" ? value.trim() : value;
}

/** A draft's fields that differ from `before`, to be sent; all of the modality's for a new one. */
export function changesOf(
  draft: Draft,
  before: Draft | null,
  modality: Modality,
): Record<string, string | number | boolean> {
  const changed = FIELDS[modality].filter(
    (field) => before === null || wireValue(draft, field) !== wireValue(before, field),
  );
  return Object.fromEntries(changed.map((field) => [field, wireValue(draft, field)]));
}

/** `items` with the one at `from` standing at `to`, both clipped to what there is. */
export function moved<T>(items: readonly T[], from: number, to: number): T[] {
  const rest = items.filter((_, at) => at !== from);
  const item = items[from];
  if (item === undefined) return [...items];
  rest.splice(Math.max(0, Math.min(to, rest.length)), 0, item);
  return rest;
}

/**
 * Where the dragged one stands once the pointer is at `y`: it goes past a neighbour when the
 * pointer passes that one's middle. `boxes`: top and height in order of standing, any unit.
 */
export function dropIndex(
  boxes: readonly { top: number; height: number }[],
  at: number,
  y: number,
): number {
  const middle = ({ top, height }: { top: number; height: number }) => top + height / 2;
  let index = at;
  for (let i = at + 1; i < boxes.length; i += 1) {
    const box = boxes[i];
    if (box !== undefined && y > middle(box)) index = i;
  }
  for (let i = at - 1; i >= 0; i -= 1) {
    const box = boxes[i];
    if (box !== undefined && y < middle(box)) index = i;
  }
  return index;
}

/** The active questions of a modality in their order. */
export function ofModality(questions: readonly Question[], modality: Modality): Question[] {
  return questions.filter((one) => one.modality === modality).sort((a, b) => a.rank - b.rank);
}

/** `questions` with those named in `order` ranked as it says. */
export function ranked(questions: readonly Question[], order: readonly string[]): Question[] {
  return questions.map((one) => {
    const at = order.indexOf(one.id);
    return at < 0 ? one : { ...one, rank: at + 1 };
  });
}

const weighs = (question: Question): number =>
  question.not_scored === true ? 0 : (question.score_weight ?? 1);

/** Each question's share of the score in percent, null where it has none, in their order. */
export function sharesOf(questions: readonly Question[]): (number | null)[] {
  const sum = questions.reduce((total, question) => total + weighs(question), 0);
  return questions.map((question) =>
    sum > 0 && weighs(question) > 0 ? (100 * weighs(question)) / sum : null,
  );
}

/** `1–2 follow-ups`, `no follow-ups`. */
export function followUpWords(question: Question): string {
  const min = question.min_follow_ups ?? 0;
  const max = question.max_follow_ups ?? 1;
  if (max === 0) return "no follow-ups";
  const noun = max === 1 ? "follow-up" : "follow-ups";
  return min === max ? `${max} ${noun}` : `${min}–${max} ${noun}`;
}
