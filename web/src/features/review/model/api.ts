/** The recruiter's calls. Each rejects with `ApiError`; see `@/api/client`. */

import { get, post } from "@/api/client";

import type {
  Candidate,
  CandidateStatus,
  InterviewData,
  ListOf,
  Posting,
  PostingStats,
  Question,
  Single,
  Workspace,
} from "./types";

/** Candidates fetched at once; the most that the API gives. */
const CANDIDATES_PAGE = 100;
/** Fewer postings, since each has its candidates counted by a call of its own. */
const POSTINGS_PAGE = 25;

const part = encodeURIComponent;

function query(values: Record<string, string | number | null | undefined>): string {
  const given = Object.entries(values).filter(
    ([, value]) => value !== null && value !== undefined && value !== "",
  );
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
}

export const me = (signal: AbortSignal) =>
  get<{ workspace: Workspace }>("/api/review/me", { signal });

export const logIn = (apiKey: string) => post("/api/review/login", { api_key: apiKey });

export const logOut = () => post("/api/review/logout");

export const postings = (signal: AbortSignal, startingAfter?: string) =>
  get<ListOf<Posting>>(
    `/api/v4/postings?${query({ limit: POSTINGS_PAGE, starting_after: startingAfter })}`,
    { signal },
  );

export const posting = async (id: string, signal: AbortSignal): Promise<Posting> =>
  (await get<Single<Posting>>(`/api/v4/postings/${part(id)}`, { signal })).data;

export const postingStats = async (id: string, signal: AbortSignal): Promise<PostingStats> =>
  (await get<Single<PostingStats>>(`/api/v4/postings/${part(id)}/stats`, { signal })).data;

export const questions = async (id: string, signal: AbortSignal): Promise<Question[]> =>
  (await get<ListOf<Question>>(`/api/v4/postings/${part(id)}/questions?limit=100`, { signal })).data;

export interface CandidateFilter {
  status?: CandidateStatus | "";
  search?: string;
  startingAfter?: string;
  limit?: number;
}

export const candidates = (id: string, filter: CandidateFilter, signal: AbortSignal) =>
  get<ListOf<Candidate>>(
    `/api/v4/postings/${part(id)}/candidates?${query({
      limit: filter.limit ?? CANDIDATES_PAGE,
      starting_after: filter.startingAfter,
      status: filter.status,
      search: filter.search,
    })}`,
    { signal },
  );

/** Where the interview's data stand, also as a download. */
export const interviewPath = (id: string) => `/api/v4/interviews/${part(id)}/data`;

/** The scorecard as a document to take along. */
export const scorecardPath = (id: string) => `/api/v4/interviews/${part(id)}/scorecard.pdf`;

export const interview = async (id: string, signal?: AbortSignal): Promise<InterviewData> =>
  (await get<Single<InterviewData>>(interviewPath(id), signal ? { signal } : {})).data;

export const overrideScore = (
  interviewId: string,
  body: { question_id: string; score: number; reason: string },
) => post(`/api/v4/interviews/${part(interviewId)}/review`, body);

export const decide = (interviewId: string, decision: "shortlist" | "dismiss") =>
  post(`/api/v4/interviews/${part(interviewId)}/${decision}`);
