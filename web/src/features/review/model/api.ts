/** The recruiter's calls. Each rejects with `ApiError`; see `@/api/client`. */

import { del, get, patch, post } from "@/api/client";

import type {
  Candidate,
  CandidateStatus,
  InterviewData,
  ListOf,
  Modality,
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
const QUESTIONS_PAGE = 100;

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

const questionsPath = (postingId: string) => `/api/v4/postings/${part(postingId)}/questions`;

/** All of them: there may be more than one page holds. */
export async function questions(postingId: string, signal: AbortSignal): Promise<Question[]> {
  const all: Question[] = [];
  for (;;) {
    const { data, pagination } = await get<ListOf<Question>>(
      `${questionsPath(postingId)}?${query({ limit: QUESTIONS_PAGE, starting_after: all.at(-1)?.id })}`,
      { signal },
    );
    all.push(...data);
    if (!pagination.has_more || data.length === 0) return all;
  }
}

export const addQuestion = async (
  postingId: string,
  modality: Modality,
  fields: object,
): Promise<Question> =>
  (await post<Single<Question>>(questionsPath(postingId), { modality, ...fields })).data;

export const updateQuestion = async (
  postingId: string,
  questionId: string,
  changes: object,
): Promise<Question> =>
  (await patch<Single<Question>>(`${questionsPath(postingId)}/${part(questionId)}`, changes)).data;

export const deleteQuestion = (postingId: string, questionId: string) =>
  del(`${questionsPath(postingId)}/${part(questionId)}`);

/** `order`: the id of every active question of the modality. */
export const reorderQuestions = (postingId: string, modality: Modality, order: readonly string[]) =>
  post(`${questionsPath(postingId)}/reorder`, { modality, question_ids: order });

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
