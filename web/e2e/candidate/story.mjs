/** The seed's candidate, as the service describes her interview to the page. */

export const ID = "A1B2C3D4E5F6A7B8";
export const PAGE = `/cloudmetrics/i/${ID}`;

const QUESTIONS = [
  "Walk me through a deal you closed that you are most proud of. What was the deal size, who was involved, and what made it successful?",
  "Imagine I am a VP of Analytics at a 500-person company. Give me your 60-second pitch on why I should consider CloudMetrics.",
];

/** `GET /api/candidate/interviews/{id}`, with `change` merged into its parts. */
export function interview(change = {}) {
  const base = {
    interview_id: ID,
    status: "pending",
    candidate: { first_name: "Aisha", name: "Aisha Williams" },
    posting: {
      id: "D9E0F1A2",
      title: "Sales Representative - Mid Market",
      company: "CloudMetrics",
      company_overview: "CloudMetrics is a fast-growing analytics platform.",
      job_overview: "Own the full sales cycle for mid-market accounts.",
      language: "en",
      redirect_url: null,
      deadline: Date.UTC(2026, 11, 24, 12) / 1000,
    },
    interviewer: { name: "Rachel", voice_id: "heart" },
    steps: [
      { id: "resume", type: "resume", order: 1, status: "not_started", optional: true },
      { id: "web_interview", type: "web_interview", order: 2, status: "not_started", optional: false },
    ],
    current_step: "resume",
    consent: {
      required: true,
      given: false,
      text_version: "2026-11",
      recording_text:
        "I agree that my voice, my camera's picture and a transcript of this interview are recorded and kept for this application.",
      assessment_text:
        "I agree that an AI interviews me and suggests a score of my answers, which people at CloudMetrics check and decide on.",
    },
    options: { video: true, typed_answers: true, retention_days: 180, contact: null },
    limits: {
      max_duration_seconds: 2700,
      expected_minutes: 15,
      question_count: 5,
      resume_max_bytes: 10 * 1024 * 1024,
    },
    progress: {
      started: false,
      ended: false,
      question_index: 0,
      question_total: 5,
      live: false,
      end_reason: null,
    },
    attempt: 1,
    retake: null,
  };
  const merged = { ...base, ...change };
  for (const part of ["posting", "consent", "options", "progress"]) {
    merged[part] = { ...base[part], ...change[part] };
  }
  return merged;
}

const agreed = { consent: { given: true } };
export const atResume = (optional = true) =>
  interview({
    ...agreed,
    steps: interview().steps.map((step) => (step.type === "resume" ? { ...step, optional } : step)),
  });
const withResume = (status) =>
  interview().steps.map((step) => (step.type === "resume" ? { ...step, optional: false, status } : step));
export const resumeBeingRead = () =>
  interview({ ...agreed, status: "in_progress", steps: withResume("in_progress") });
export const notGoingOn = () =>
  interview({ ...agreed, status: "knocked_out", current_step: null, steps: withResume("knocked_out") });
export const atInterview = (change = {}) =>
  interview({ ...agreed, current_step: "web_interview", ...change });
export const finished = (change = {}) =>
  interview({
    ...agreed,
    status: "evaluating",
    current_step: null,
    progress: { started: true, ended: true, end_reason: "completed" },
    ...change,
  });

export const mayTryAgain = (availableAt) =>
  finished({ status: "completed", retake: { attempts_left: 1, available_at: availableAt } });

export const posting = {
  id: "D9E0F1A2",
  title: "Sales Representative - Mid Market",
  company: "CloudMetrics",
  company_overview:
    "CloudMetrics is a fast-growing analytics platform helping mid-market companies make data-driven decisions. 200+ customers, $40M ARR, and growing 100% YoY.",
  job_overview:
    "Own the full sales cycle for mid-market accounts. Prospect, demo, negotiate, and close deals in the $50K-$500K ARR range.",
  language: "en",
  interviewer: { name: "Rachel" },
  limits: { expected_minutes: 15, question_count: 5 },
  open: true,
};

export const stored = {
  name: "Aisha Williams",
  email: "aisha.w@example.org",
  phone_number: null,
  resume_stored: false,
  recording_stored: true,
  transcript: [
    { turn_id: "a", speaker: "Interviewer", text: QUESTIONS[0], start: 21 },
    { turn_id: "b", speaker: "Candidate", text: "Sure. Last spring I closed a deal.", start: 34 },
  ],
  erasure_requested: false,
};

const question = (index, more = {}) => ({
  type: "question",
  question_id: `q${index}`,
  index,
  total: 5,
  follow_up: false,
  text: QUESTIONS[index - 1],
  ...more,
});

let turn = 0;
const said = (speaker, text, more = {}) => ({
  type: "transcript",
  turn_id: `t${(turn += 1)}`,
  speaker,
  text,
  final: true,
  start: 0,
  end: 1,
  ...more,
});

export const state = (name, at = 247) => ({ type: "state", state: name, at });

/** Messages that bring the room to the second question, in `current` state. */
export const midway = (current) => [
  state("speaking", 20),
  question(1),
  said("Interviewer", QUESTIONS[0]),
  said(
    "Candidate",
    "Sure. Last spring I closed a two hundred and forty thousand dollar deal with a logistics company. The operations lead was my champion, and finance was against it at first.",
  ),
  question(1, { follow_up: true, text: "How did you bring finance on board?" }),
  said("Interviewer", "Thank you. How did you bring finance on board?"),
  said("Candidate", "I built a payback model together with their controller, with his own numbers."),
  said("Interviewer", "mm-hm", { backchannel: true }),
  question(2),
  said("Interviewer", `I see, thank you. ${QUESTIONS[1]}`),
  state(current),
  ...(current === "listening"
    ? [said("Candidate", "Okay. So right now your teams wait days for", { final: false })]
    : []),
];
