/** The candidate API's shapes, as far as the pages use them. Times are Unix seconds. */

export interface Resource<T> {
  object: string;
  data: T;
}

export type StepType = "resume" | "web_interview";

export interface CandidateInterview {
  interview_id: string;
  status: string;
  candidate: { first_name: string; name: string };
  posting: {
    id: string;
    title: string;
    company: string;
    company_overview: string | null;
    job_overview: string | null;
    language: string;
    redirect_url: string | null;
    deadline: number | null;
  };
  interviewer: { name: string; voice_id: string };
  steps: {
    id: string;
    type: StepType;
    order: number;
    status: "not_started" | "in_progress" | "complete" | "skipped" | "knocked_out";
    optional: boolean;
  }[];
  current_step: StepType | null;
  consent: {
    required: boolean;
    given: boolean;
    text_version: string;
    recording_text: string;
    assessment_text: string;
  };
  options: {
    video: boolean;
    typed_answers: boolean;
    retention_days: number | null;
    contact: string | null;
  };
  limits: {
    max_duration_seconds: number;
    expected_minutes: number;
    question_count: number;
    resume_max_bytes: number;
  };
  progress: {
    started: boolean;
    ended: boolean;
    question_index: number;
    question_total: number;
    live: boolean;
    end_reason: string | null;
  };
  attempt: number;
  /** Another attempt that the posting allows; `available_at` is null while this one is evaluated. */
  retake: { attempts_left: number; available_at: number | null } | null;
}

/** What is stored about the candidate, for the candidate. */
export interface StoredOfMe {
  name: string;
  email: string;
  phone_number: string | null;
  resume_stored: boolean;
  recording_stored: boolean;
  transcript: { turn_id: string; speaker: string; text: string; start: number }[];
  erasure_requested: boolean;
}

export interface CandidatePosting {
  id: string;
  title: string;
  company: string;
  company_overview: string | null;
  job_overview: string | null;
  language: string;
  interviewer: { name: string };
  limits: { expected_minutes: number; question_count: number };
  /** It takes candidates now. */
  open: boolean;
}

export interface NewInterview {
  interview_id: string;
  interview_url: string;
}

/** With sound, however it comes, or written questions and typed answers only. */
export type Transport = "sound" | "text";

/** What `connect` answers. */
export type ConnectAnswer = SoundAnswer | RoomAnswer | { transport: "text"; events_url: string };

export interface SoundAnswer {
  transport: "webrtc";
  sdp_url: string;
  events_url: string;
  ice_servers: RTCIceServer[];
}

/** A LiveKit room to join. */
export interface RoomAnswer {
  transport: "livekit";
  url: string;
  token: string;
  events_url: string;
}

export type InterviewState =
  | "connecting"
  | "listening"
  | "thinking"
  | "speaking"
  | "paused"
  | "ended";

/** Messages from the service. `start`, `end`, `at`: seconds on the interview's time axis. */
export type ServiceMessage =
  | { type: "state"; state: InterviewState; at?: number }
  | {
      type: "question";
      question_id: string;
      index: number;
      total: number;
      follow_up: boolean;
      text: string;
      repeat?: boolean;
    }
  | {
      type: "transcript";
      turn_id: string;
      speaker: "Interviewer" | "Candidate";
      text: string;
      final: boolean;
      start: number;
      end: number;
      backchannel?: boolean;
    }
  | { type: "notice"; code: string; message: string }
  | { type: "ended"; reason: string; redirect_url: string | null };

/** Messages to the service. */
export type PageMessage =
  | { type: "done_speaking" | "more_time" | "repeat" | "skip" | "leave" }
  | { type: "typed_answer"; text: string }
  | { type: "integrity"; kind: string; at: number };
