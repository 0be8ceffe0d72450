import type { InterviewData, StepState } from "../model/types";
import { Bone, Waiting } from "../ui/Skeleton";
import { StatePanel } from "../ui/StatePage";
import page from "./InterviewPage.module.css";
import css from "./Waits.module.css";

const STEP_NAMES: Record<string, string> = { resume: "Resume", web_interview: "Interview" };
const STEP_WORDS: Record<StepState["status"], string> = {
  not_started: "not started",
  in_progress: "going on",
  complete: "done",
  skipped: "skipped",
  knocked_out: "not eligible",
};

function Steps({ data }: { data: InterviewData }) {
  const steps = data.workflow?.steps ?? [];
  if (steps.length === 0) return null;
  return (
    <ol className={css.steps}>
      {steps.map((step) => (
        <li key={step.id} data-done={step.completed || step.status === "skipped" || undefined}>
          {STEP_NAMES[step.id] ?? step.id}
          <span> {STEP_WORDS[step.status]}</span>
        </li>
      ))}
    </ol>
  );
}

/** The page before there are results: what has happened, what comes, and that it comes by itself. */
export function NotYet({ data }: { data: InterviewData }) {
  const first = data.name.split(" ")[0] ?? data.name;
  if (data.status === "evaluating") {
    return (
      <StatePanel title="The interview is being evaluated" live="status">
        <p>
          {first} has finished. The recording is put together, transcribed again and scored, question
          by question. This usually takes less than eight minutes; the page fills by itself.
        </p>
        <span className={css.progress} aria-hidden="true" />
        <Steps data={data} />
      </StatePanel>
    );
  }
  if (data.status === "in_progress") {
    return (
      <StatePanel title={`${first} is on the way`} live="status">
        <p>The results appear here once the interview is over. Nothing is shown while it goes on.</p>
        <Steps data={data} />
      </StatePanel>
    );
  }
  if (data.status === "pending") {
    return (
      <StatePanel title={`${first} hasn’t started yet`}>
        <p>The link was made, but not used so far. This page fills by itself afterwards.</p>
        <Steps data={data} />
      </StatePanel>
    );
  }
  return (
    <StatePanel title="There was no interview">
      <p>
        {data.status === "knocked_out"
          ? `${first} did not meet a requirement of the resume step, so the interview was not held.`
          : "A decision was taken without an interview."}
      </p>
      <Steps data={data} />
    </StatePanel>
  );
}

/** The page's shape while its data are on the way; nothing moves when they come. */
export function InterviewSkeleton() {
  return (
    <>
      <h1 className="visually-hidden">Interview</h1>
      <Waiting label="Loading the interview">
        <div className={page.head}>
          <div className={page.who}>
            <Bone width="min(16rem, 60vw)" height="1.9rem" />
            <Bone width="min(22rem, 80vw)" height="1.3rem" className={css.gap} />
            <Bone width="min(18rem, 80vw)" height="1.5rem" className={css.gap} />
          </div>
          <Bone height="5rem" />
          <div className={page.acts}>
            <Bone width="16rem" height="2.75rem" />
            <Bone width="16rem" height="1.5rem" />
          </div>
        </div>
        <div className={page.columns}>
          <div className={page.left}>
            <Bone className={css.stage} height="auto" />
            <Bone height="4.2rem" className={css.gap} />
            <Bone height="2.4rem" className={css.gap} />
            <Bone height="16rem" className={css.gap} />
          </div>
          <div className={page.right}>
            <Bone height="4rem" />
            <Bone height="8rem" />
            <Bone height="2.5rem" />
            <Bone height="20rem" />
            <Bone height="20rem" />
          </div>
        </div>
      </Waiting>
    </>
  );
}
