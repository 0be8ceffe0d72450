import * as api from "../model/api";
import { plain } from "../model/scores";
import type { Posting, Question } from "../model/types";
import { useResource } from "../model/useResource";
import { useSession } from "../session/session";
import { RowsSkeleton } from "../ui/Skeleton";
import { ErrorPanel, StatePanel } from "../ui/StatePage";
import css from "./Questions.module.css";

function followUps(question: Question): string {
  const min = question.min_follow_ups ?? 0;
  const max = question.max_follow_ups ?? 1;
  if (max === 0) return "no follow-ups";
  const noun = max === 1 ? "follow-up" : "follow-ups";
  return min === max ? `${max} ${noun}` : `${min}–${max} ${noun}`;
}

function VoiceQuestion({ question, share }: { question: Question; share: number | null }) {
  return (
    <li className={css.question}>
      <h3>{question.text}</h3>
      <p className={css.facts}>
        {question.not_scored === true || share === null ? (
          <span>not scored</span>
        ) : (
          <span className={css.weight}>
            <span className={css.weightBar} aria-hidden="true">
              <span style={{ width: `${share}%` }} />
            </span>
            weight {plain(question.score_weight ?? 1)} · {Math.round(share)}% of the score
          </span>
        )}
        <span>{followUps(question)}</span>
      </p>
      {question.evaluation_criteria && <p className={css.criteria}>{question.evaluation_criteria}</p>}
      {(question.score_of_1 ?? question.score_of_5) && (
        <dl className={css.anchors}>
          <div>
            <dt>1 is</dt>
            <dd>{question.score_of_1 ?? "not described"}</dd>
          </div>
          <div>
            <dt>5 is</dt>
            <dd>{question.score_of_5 ?? "not described"}</dd>
          </div>
        </dl>
      )}
    </li>
  );
}

function Criteria({ title, note, questions }: { title: string; note: string; questions: Question[] }) {
  if (questions.length === 0) return null;
  return (
    <section className={css.section}>
      <h2>{title}</h2>
      <p className={css.note}>{note}</p>
      <ul className={css.plainList}>
        {questions.map((question) => (
          <li key={question.id}>
            {question.text}
            {question.modality === "resume_scoring" && (
              <span className={css.note}> · weight {plain(question.score_weight ?? 1)}</span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Overview({ posting }: { posting: Posting | undefined }) {
  const parts = [
    ["The company, as candidates hear it", posting?.company_overview],
    ["The job, as candidates hear it", posting?.job_overview],
    ["Description", posting?.description],
  ] as const;
  return parts.map(
    ([title, text]) =>
      text && (
        <section key={title} className={css.section}>
          <h2>{title}</h2>
          <p>{text}</p>
        </section>
      ),
  );
}

/** What a posting asks and how it judges: questions with anchors, weights and follow-up bounds. */
export function Questions({ postingId, posting }: { postingId: string; posting: Posting | undefined }) {
  const { refused } = useSession();
  const questions = useResource(
    `questions:${postingId}`,
    (signal) => api.questions(postingId, signal),
    { onError: refused },
  );
  if (questions.data === undefined) {
    return questions.error === null ? (
      <RowsSkeleton label="Loading questions" />
    ) : (
      <ErrorPanel error={questions.error} what="this posting’s questions" onRetry={questions.reload} />
    );
  }
  const of = (modality: Question["modality"]) =>
    (questions.data ?? []).filter((one) => one.modality === modality).sort((a, b) => a.rank - b.rank);
  const voice = of("voice");
  const weighs = (question: Question) => (question.not_scored === true ? 0 : (question.score_weight ?? 1));
  const weight = voice.reduce((sum, question) => sum + weighs(question), 0);
  const optional = posting?.workflow?.find((step) => step.type === "resume")?.config?.optional;
  return (
    <div className={css.columns}>
      <section className={css.section}>
        <h2>Asked in the interview, in this order</h2>
        {voice.length === 0 ? (
          <StatePanel title="No questions yet">
            <p>Questions are added through the API.</p>
          </StatePanel>
        ) : (
          <ol className={css.questions}>
            {voice.map((question) => (
              <VoiceQuestion
                key={question.id}
                question={question}
                share={weight > 0 && weighs(question) > 0 ? (100 * weighs(question)) / weight : null}
              />
            ))}
          </ol>
        )}
      </section>
      <div className={css.aside}>
        <Criteria
          title="A resume must show"
          note={optional === true ? "Handing one in is optional; skipping it counts against nobody." : "Checked before the interview."}
          questions={of("resume_eligibility")}
        />
        <Criteria
          title="A resume is scored by"
          note="0–5 each. Never part of the match score."
          questions={of("resume_scoring")}
        />
        <Criteria title="Tags looked for" note="Named in the report." questions={of("voice_tags")} />
        <Overview posting={posting} />
      </div>
    </div>
  );
}
