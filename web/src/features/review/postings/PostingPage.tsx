import { Link } from "wouter";

import * as api from "../model/api";
import { fullDate } from "../model/time";
import type { Posting } from "../model/types";
import { useResource } from "../model/useResource";
import { plain } from "../model/scores";
import { postingStatusWords } from "../model/words";
import { useSession } from "../session/session";
import { Badge } from "../ui/Badge";
import { Shell } from "../ui/Shell";
import { Bone, Waiting } from "../ui/Skeleton";
import { ErrorPanel } from "../ui/StatePage";
import { Candidates } from "./Candidates";
import { CopyButton } from "./CopyButton";
import css from "./PostingPage.module.css";
import { Questions } from "./Questions";
import { Rehearse } from "./Rehearse";

function Figures({ postingId }: { postingId: string }) {
  // The page works without the figures, so a refusal of theirs is not told.
  const { data } = useResource(`stats:${postingId}`, (signal) =>
    api.postingStats(postingId, signal),
  );
  if (data === undefined) return null;
  return (
    <>
      <span>
        <b>{data.total_candidates}</b> candidates
      </span>
      <span>
        <b>{data.completed_interviews}</b> interviewed
      </span>
      {typeof data.average_interview_score === "number" && (
        <span>
          average score <b>{plain(data.average_interview_score)}</b>
        </span>
      )}
    </>
  );
}

function Heading({ posting }: { posting: Posting }) {
  return (
    <div className={css.heading}>
      <div>
        <h1>{posting.title}</h1>
        <p className={css.facts}>
          <Badge {...postingStatusWords(posting.status)} />
          {posting.interviewer_name && <span>interviewed by {posting.interviewer_name}</span>}
          {posting.deadline && <span>closes {fullDate(posting.deadline)}</span>}
          <Figures postingId={posting.id} />
        </p>
      </div>
      <div className={css.actions}>
        {posting.urls?.candidate_url && (
          <CopyButton text={posting.urls.candidate_url}>Copy candidate link</CopyButton>
        )}
        <Rehearse postingId={posting.id} />
      </div>
    </div>
  );
}

function HeadingSkeleton() {
  return (
    <>
      <h1 className="visually-hidden">Posting</h1>
      <Waiting label="Loading the posting">
        <div className={css.heading}>
          <div>
            <Bone width="min(24rem, 70vw)" height="1.9rem" />
            <Bone width="14rem" height="1.4rem" className={css.gap} />
          </div>
        </div>
      </Waiting>
    </>
  );
}

/** One posting: who applied and how they did, and what is asked. */
export function PostingPage({ id, section }: { id: string; section: "candidates" | "questions" }) {
  const { refused } = useSession();
  const posting = useResource(`posting:${id}`, (signal) => api.posting(id, signal), {
    onError: refused,
  });
  const title = posting.data?.title ?? "Posting";
  const link = (to: "candidates" | "questions", label: string) => (
    <Link
      href={to === "candidates" ? `/postings/${id}` : `/postings/${id}/questions`}
      className={css.tab}
      aria-current={section === to ? "page" : undefined}
    >
      {label}
    </Link>
  );
  return (
    <Shell title={title} crumbs={[{ label: "Postings", href: "/" }, { label: title }]}>
      {posting.data === undefined && posting.error !== null ? (
        <>
          <h1 className="visually-hidden">Posting</h1>
          <ErrorPanel error={posting.error} what="this posting" onRetry={posting.reload} />
        </>
      ) : (
        <>
          {posting.data ? <Heading posting={posting.data} /> : <HeadingSkeleton />}
          <nav aria-label="Posting" className={css.tabs}>
            {link("candidates", "Candidates")}
            {link("questions", "Questions")}
          </nav>
          {section === "candidates" ? (
            <Candidates postingId={id} candidateUrl={posting.data?.urls?.candidate_url ?? null} />
          ) : (
            <Questions postingId={id} posting={posting.data} />
          )}
        </>
      )}
    </Shell>
  );
}
