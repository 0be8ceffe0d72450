/**
 * Shapes that the recruiter's pages read from `/api/v4` and `/api/review`.
 *
 * Only what the pages use is named. Fields that older reports or a younger service may leave
 * out are optional, so that a page shows what there is instead of failing on what there isn't.
 * Times named `start`, `end`, `at` within a recording are seconds on the interview's own axis;
 * `created_at` and its like are Unix seconds.
 */

export type CandidateStatus =
  | "pending"
  | "in_progress"
  | "evaluating"
  | "completed"
  | "shortlisted"
  | "dismissed"
  | "knocked_out";

export type StepStatus = "not_started" | "in_progress" | "complete" | "skipped" | "knocked_out";

export interface Workspace {
  id: string;
  slug: string;
  name: string;
}

export interface Pagination {
  has_more: boolean;
  total_count: number | null;
  url?: string | null;
}

export interface ListOf<T> {
  data: T[];
  pagination: Pagination;
}

export interface Single<T> {
  object: string;
  data: T;
}

export interface PostingUrls {
  candidate_url?: string | null;
  review_url?: string | null;
}

export interface WorkflowStep {
  id?: string;
  type: string;
  order?: number;
  config?: { optional?: boolean; video?: boolean; num_questions?: number };
}

export interface Posting {
  id: string;
  title: string;
  status: string;
  description?: string | null;
  language?: string | null;
  interviewer_name?: string | null;
  company_overview?: string | null;
  job_overview?: string | null;
  deadline?: number | null;
  workflow?: WorkflowStep[];
  urls?: PostingUrls | null;
  created_at?: number | null;
}

export interface PostingStats {
  posting_id: string;
  total_candidates: number;
  completed_interviews: number;
  average_interview_score?: number | null;
}

export type Modality = "voice" | "resume_eligibility" | "resume_scoring" | "voice_tags";

export interface Question {
  id: string;
  posting_id: string;
  modality: Modality;
  text: string;
  rank: number;
  evaluation_criteria?: string | null;
  score_of_1?: string | null;
  score_of_5?: string | null;
  additional_instructions?: string | null;
  score_weight?: number | null;
  not_scored?: boolean | null;
  min_follow_ups?: number | null;
  max_follow_ups?: number | null;
  /** Written by the service from the posting's description, and not touched since. */
  drafted?: boolean;
}

export interface StepState {
  id: string;
  order: number;
  status: StepStatus;
  started: boolean;
  completed: boolean;
}

export interface CandidateWorkflow {
  steps: StepState[];
  all_complete: boolean;
}

/** One row of a posting's candidates. `score_spread`: one standard deviation, in points of 100. */
export interface Candidate {
  interview_id: string;
  posting_id: string;
  name: string;
  email: string;
  score: number | null;
  score_spread?: number | null;
  status: CandidateStatus;
  workflow?: CandidateWorkflow | null;
  interviewed_at?: number | null;
  created_at?: number | null;
}

export interface Evidence {
  quote: string;
  start: number;
  end: number;
}

/** A recruiter's own score, kept beside the AI's. */
export interface Override {
  score: number;
  reason: string;
  by?: string | null;
  at?: number | null;
}

export type AnswerStatus = "answered" | "not_answered" | "not_reached" | "not_recognised";

/** One question of the scorecard. `spread`: standard deviation of the score, on its 1–5 scale. */
export interface ScorecardRow {
  question_id: string;
  question: string;
  evaluation_score: number | null;
  evaluation_summary: string | null;
  score_weight: number;
  rank: number;
  not_scored?: boolean;
  status?: AnswerStatus;
  evidence?: Evidence[];
  score_of_1?: string | null;
  score_of_5?: string | null;
  evaluation_criteria?: string | null;
  follow_ups_asked?: number | null;
  confidence?: number | null;
  spread?: number | null;
  flags?: string[];
  override?: Override | null;
}

export interface TimedWord {
  text: string;
  start: number;
  end: number;
}

export interface TranscriptTurn {
  turn_id: string;
  question_id: string | null;
  speaker: "Interviewer" | "Candidate";
  text: string;
  start: number;
  end: number;
  kind?: string;
  typed?: boolean;
  words?: TimedWord[];
}

export interface SpeechFigures {
  words_per_minute?: number | null;
  pause_share?: number | null;
  [figure: string]: number | string | null | undefined;
}

/** Something the candidate's page noticed; `at` in seconds of the recording. */
export interface IntegrityEvent {
  kind: string;
  at: number;
}

export interface WebInterview {
  interview_id: string;
  match_score: number | null;
  ai_match_score?: number | null;
  highlights: string[];
  lowlights: string[];
  /** Ids of the questions that `highlights` and `lowlights` are about, in their order. */
  highlight_questions?: string[];
  lowlight_questions?: string[];
  summary?: string | null;
  speech_score: number | null;
  speech?: SpeechFigures | null;
  scorecard: ScorecardRow[];
  transcript: TranscriptTurn[];
  tags: string[];
  video_recording_url: string | null;
  audio_recording_url: string | null;
  model?: { name?: string; prompt_version?: string } | null;
  media?: { video?: boolean; note?: string | null } | null;
  /** The candidate asked to talk with a person. */
  human_requested?: boolean;
  integrity?: IntegrityEvent[];
}

export interface EligibilityCriterion {
  criteria_id: string;
  criteria_text: string;
  passed: boolean;
  confidence: number;
  reasons?: string[];
}

export interface ScoreCriterion {
  criteria_id: string;
  criteria_text: string;
  score: number;
  confidence: number;
  reasons?: string[];
}

export interface ResumeResult {
  overall_score: number | null;
  is_eligible: boolean | null;
  eligibility_criteria: EligibilityCriterion[];
  score_criteria: ScoreCriterion[];
  flags?: string[];
  resume_url?: string | null;
}

export interface InterviewData {
  interview_id: string;
  posting_id: string;
  name: string;
  email: string;
  score: number | null;
  status: CandidateStatus;
  workflow?: CandidateWorkflow | null;
  resume: ResumeResult | null;
  web_interview: WebInterview | null;
  created_at?: number | null;
  started_at?: number | null;
  ended_at?: number | null;
  end_reason?: string | null;
  metadata?: Record<string, string> | null;
}
