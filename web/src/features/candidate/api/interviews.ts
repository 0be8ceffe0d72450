import { get, post } from "@/api/client";
import type { CandidateInterview, CandidatePosting, NewInterview, Resource, StoredOfMe } from "@/api/types";

const base = (interviewId: string) =>
  `/api/candidate/interviews/${encodeURIComponent(interviewId)}`;

export async function getInterview(
  interviewId: string,
  signal: AbortSignal,
): Promise<CandidateInterview> {
  return (await get<Resource<CandidateInterview>>(base(interviewId), { signal })).data;
}

export const giveConsent = (interviewId: string) =>
  post(`${base(interviewId)}/consent`, { recording: true, ai_assessment: true });

export function uploadResume(interviewId: string, file: File): Promise<unknown> {
  const form = new FormData();
  form.append("file", file);
  return post(`${base(interviewId)}/resume`, form);
}

export const skipResume = (interviewId: string) => post(`${base(interviewId)}/resume/skip`);

export async function getStored(interviewId: string): Promise<StoredOfMe> {
  return (await get<Resource<StoredOfMe>>(`${base(interviewId)}/mine`)).data;
}

export const askForErasure = (interviewId: string) => post(`${base(interviewId)}/erase-request`);

/** The path of the new attempt's page. */
export async function takeAgain(interviewId: string): Promise<string> {
  const answer = await post<Resource<NewInterview>>(`${base(interviewId)}/retake`);
  return new URL(answer.data.interview_url, window.location.href).pathname;
}

const posting = (workspace: string, slug: string) =>
  `/api/candidate/postings/${encodeURIComponent(workspace)}/${encodeURIComponent(slug)}`;

export async function getPosting(
  workspace: string,
  slug: string,
  signal: AbortSignal,
): Promise<CandidatePosting> {
  return (await get<Resource<CandidatePosting>>(posting(workspace, slug), { signal })).data;
}

export interface Applicant {
  name: string;
  email: string;
  phone_number?: string;
}

export async function apply(
  workspace: string,
  slug: string,
  applicant: Applicant,
): Promise<NewInterview> {
  const answer = await post<Resource<NewInterview>>(
    `${posting(workspace, slug)}/interviews`,
    applicant,
  );
  return answer.data;
}
