import type { InterviewData, ResumeResult } from "../model/types";
import { Flags } from "../ui/Flags";
import { Icon } from "../ui/Icon";
import { ScoreBar } from "../ui/ScoreBar";
import css from "./Sections.module.css";

function Criterion({
  text,
  reasons,
  children,
}: {
  text: string;
  reasons: readonly string[] | undefined;
  children: React.ReactNode;
}) {
  return (
    <li>
      <div className={css.criterion}>
        <span>{text}</span>
        {children}
      </div>
      {reasons && reasons.length > 0 && <p className={css.note}>{reasons.join(" ")}</p>}
    </li>
  );
}

function Result({ resume }: { resume: ResumeResult }) {
  return (
    <>
      {resume.eligibility_criteria.length > 0 && (
        <ul className={css.criteria} aria-label="Required">
          {resume.eligibility_criteria.map((one) => (
            <Criterion key={one.criteria_id} text={one.criteria_text} reasons={one.reasons}>
              <span className={css.verdict}>
                <Icon name={one.passed ? "check" : "cross"} size={16} />
                {one.passed ? "Yes" : "Not shown"}
              </span>
            </Criterion>
          ))}
        </ul>
      )}
      {resume.score_criteria.length > 0 && (
        <ul className={css.criteria} aria-label="Scored">
          {resume.score_criteria.map((one) => (
            <Criterion key={one.criteria_id} text={one.criteria_text} reasons={one.reasons}>
              <ScoreBar score={one.score} max={5} />
            </Criterion>
          ))}
        </ul>
      )}
      {resume.resume_url && (
        <p>
          <a href={resume.resume_url} target="_blank" rel="noreferrer">
            Open the resume
            <span className="visually-hidden"> (new tab)</span>
          </a>
        </p>
      )}
    </>
  );
}

/** What to say where there is no result, or null where the posting asks for no resume. */
function without(data: InterviewData): string | null {
  const step = data.workflow?.steps.find((one) => one.id === "resume");
  switch (step?.status) {
    case undefined:
      return null;
    case "skipped":
      return "Skipped by the candidate: not counted against them.";
    case "complete":
    case "knocked_out":
      return "Handed in; it is still being read.";
    default:
      return "Not handed in yet.";
  }
}

/** The resume beside the interview; never part of the match score. */
export function Resume({ data }: { data: InterviewData }) {
  const note = without(data);
  if (data.resume === null && note === null) return null;
  return (
    <section className={css.section} aria-labelledby="resume-title">
      <div className={css.titleLine}>
        <h2 id="resume-title">Resume</h2>
        {typeof data.resume?.overall_score === "number" && (
          <ScoreBar score={data.resume.overall_score} max={5} />
        )}
      </div>
      {data.resume === null ? (
        <p>{note}</p>
      ) : (
        <>
          <p className={css.note}>Beside the match score, not part of it.</p>
          <Flags flags={data.resume.flags} />
          <Result resume={data.resume} />
        </>
      )}
    </section>
  );
}
