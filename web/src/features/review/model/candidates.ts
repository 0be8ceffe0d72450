/** Sorting and filtering a posting's candidates, and the address that remembers it. Pure. */

import type { Candidate, CandidateStatus } from "./types";

export type SortKey = "name" | "status" | "score" | "date";
export type Direction = "asc" | "desc";

export interface View {
  search: string;
  status: CandidateStatus | "";
  minScore: number | null;
  /** Only those interviewed (or, before that, added) in the last so many days. */
  days: number | null;
  sort: SortKey;
  direction: Direction;
}

export const DEFAULT_VIEW: View = {
  search: "",
  status: "",
  minScore: null,
  days: null,
  sort: "date",
  direction: "desc",
};

/** The order in which a recruiter works through them: what waits for a decision first. */
export const STATUS_ORDER: readonly CandidateStatus[] = [
  "completed",
  "evaluating",
  "in_progress",
  "pending",
  "shortlisted",
  "dismissed",
  "knocked_out",
];

/** Statuses in which there is something to see. */
export function hasResults(status: CandidateStatus): boolean {
  return !["pending", "in_progress", "evaluating"].includes(status);
}

/** When the candidate was last of interest: interviewed, else added. Unix seconds. */
export function dateOf(candidate: Candidate): number {
  return candidate.interviewed_at ?? candidate.created_at ?? 0;
}

function compare(a: Candidate, b: Candidate, key: SortKey): number {
  switch (key) {
    case "name":
      return a.name.localeCompare(b.name);
    case "status":
      return STATUS_ORDER.indexOf(a.status) - STATUS_ORDER.indexOf(b.status);
    case "score":
      return (a.score ?? 0) - (b.score ?? 0);
    case "date":
      return dateOf(a) - dateOf(b);
  }
}

/** The rows to show, in order. Those without a score come last in either direction of it. */
export function applyView(rows: readonly Candidate[], view: View, now: number): Candidate[] {
  const wanted = view.search.trim().toLowerCase();
  const sign = view.direction === "asc" ? 1 : -1;
  return rows
    .filter(
      (row) =>
        (wanted === "" || `${row.name} ${row.email}`.toLowerCase().includes(wanted)) &&
        (view.status === "" || row.status === view.status) &&
        (view.minScore === null || (row.score !== null && row.score >= view.minScore)) &&
        (view.days === null || dateOf(row) >= now - view.days * 86_400),
    )
    .sort((a, b) => {
      if (view.sort === "score" && (a.score === null) !== (b.score === null)) {
        return a.score === null ? 1 : -1;
      }
      return sign * compare(a, b, view.sort) || dateOf(b) - dateOf(a) || a.name.localeCompare(b.name);
    });
}

/** The view as an address's query, defaults left out. */
export function viewToQuery(view: View): string {
  const query = new URLSearchParams();
  if (view.search !== "") query.set("q", view.search);
  if (view.status !== "") query.set("status", view.status);
  if (view.minScore !== null) query.set("min_score", String(view.minScore));
  if (view.days !== null) query.set("days", String(view.days));
  if (view.sort !== DEFAULT_VIEW.sort || view.direction !== DEFAULT_VIEW.direction) {
    query.set("sort", `${view.direction === "desc" ? "-" : ""}${view.sort}`);
  }
  return query.toString();
}

/** The view that an address's query asks for; what it doesn't know is ignored. */
export function viewFromQuery(search: string): View {
  const query = new URLSearchParams(search);
  const number = (name: string): number | null => {
    const value = Number(query.get(name) ?? "");
    return query.has(name) && Number.isFinite(value) && value > 0 ? value : null;
  };
  const sort = query.get("sort") ?? "-date";
  const key = sort.replace(/^-/, "");
  const known = (["name", "status", "score", "date"] as const).find((one) => one === key);
  const status = STATUS_ORDER.find((one) => one === query.get("status")) ?? "";
  return {
    search: query.get("q") ?? "",
    status,
    minScore: number("min_score"),
    days: number("days"),
    sort: known ?? DEFAULT_VIEW.sort,
    direction: known === undefined || sort.startsWith("-") ? "desc" : "asc",
  };
}
