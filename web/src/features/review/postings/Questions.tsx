import { Button } from "@/ui/Button";
import { Notice } from "@/ui/Notice";

import { followUpWords, ofModality, sharesOf } from "../model/questions";
import { plain } from "../model/scores";
import type { Modality, Posting, Question } from "../model/types";
import { RowsSkeleton } from "../ui/Skeleton";
import { ErrorPanel } from "../ui/StatePage";
import { QuestionList } from "./QuestionList";
import css from "./Questions.module.css";
import { type QuestionActions, useQuestions } from "./useQuestions";

function Anchor({ label, text }: { label: string; text: string | null | undefined }) {
  if (!text) return null;
  return (
    <div>
      <dt>{label}</dt>
      <dd>{text}</dd>
    </div>
  );
}

function VoiceQuestion({ question, share }: { question: Question; share: number | null }) {
  return (
    <div className={css.question}>
      <h3>{question.text}</h3>
      <p className={css.facts}>
        {share === null ? (
          <span>not scored</span>
        ) : (
          <span className={css.weight}>
            <span className={css.weightBar} aria-hidden="true">
              <span style={{ width: `${share}%` }} />
            </span>
            weight {plain(question.score_weight ?? 1)} · {Math.round(share)}% of the score
          </span>
        )}
        <span>{followUpWords(question)}</span>
        {question.drafted === true && <span>a standard question, yours to change</span>}
      </p>
      {question.evaluation_criteria && <p className={css.criteria}>{question.evaluation_criteria}</p>}
      <dl className={css.anchors}>
        <Anchor label="1 is" text={question.score_of_1} />
        <Anchor label="5 is" text={question.score_of_5} />
      </dl>
      {question.additional_instructions && (
        <p className={css.hint}>Follow-ups: {question.additional_instructions}</p>
      )}
    </div>
  );
}

function Criteria({
  title,
  note,
  modality,
  noun,
  questions,
  actions,
}: {
  title: string;
  note: string;
  modality: Modality;
  noun: string;
  questions: Question[];
  actions: QuestionActions;
}) {
  return (
    <section className={css.section} aria-label={title}>
      <h2>{title}</h2>
      <p className={css.note}>{note}</p>
      <QuestionList modality={modality} noun={noun} questions={questions} actions={actions}>
        {(question) => (
          <>
            {question.text}
            {modality === "resume_scoring" && (
              <span className={css.note}> · weight&nbsp;{plain(question.score_weight ?? 1)}</span>
            )}
          </>
        )}
      </QuestionList>
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
  const { questions, error, orderProblem, reload, actions } = useQuestions(postingId);
  if (questions === undefined) {
    return error === null ? (
      <RowsSkeleton label="Loading questions" />
    ) : (
      <ErrorPanel error={error} what="this posting’s questions" onRetry={reload} />
    );
  }
  const voice = ofModality(questions, "voice");
  const shares = sharesOf(voice);
  const resume = posting?.workflow?.find((step) => step.type === "resume");
  const criteria = (modality: Modality) => ({
    modality,
    questions: ofModality(questions, modality),
    actions,
  });
  return (
    <div className={css.columns}>
      <section className={css.section} aria-label="Questions">
        <h2>Asked in the interview, in this order</h2>
        <p className={css.note}>Changes hold for interviews that begin from now on.</p>
        {orderProblem !== null && (
          <Notice tone="bad" live="alert" title="The new order could not be stored">
            <p>
              {orderProblem.message}{" "}
              <Button size="small" onClick={reload}>
                Load the list again
              </Button>
            </p>
          </Notice>
        )}
        {voice.length === 0 && (
          <div className={css.empty}>
            <p>
              <b>No questions yet</b>
            </p>
            <p>An interview needs one at least; five are about 15 minutes.</p>
          </div>
        )}
        <QuestionList modality="voice" noun="question" questions={voice} actions={actions}>
          {(question) => (
            <VoiceQuestion
              question={question}
              share={shares[voice.findIndex((one) => one.id === question.id)] ?? null}
            />
          )}
        </QuestionList>
      </section>
      <div className={css.aside}>
        {resume && (
          <>
            <Criteria
              {...criteria("resume_eligibility")}
              title="A resume must show"
              noun="requirement"
              note={
                resume.config?.optional === true
                  ? "Handing one in is optional; skipping it counts against nobody."
                  : "Checked before the interview."
              }
            />
            <Criteria
              {...criteria("resume_scoring")}
              title="A resume is scored by"
              noun="criterion"
              note="0–5 each. Never part of the match score."
            />
          </>
        )}
        <Criteria
          {...criteria("voice_tags")}
          title="Tags looked for"
          noun="tag"
          note="Named in the report where an answer shows them."
        />
        <Overview posting={posting} />
      </div>
    </div>
  );
}
