import { useState } from "react";
import { Link, useLocation, useSearch } from "wouter";

import { Button } from "@/ui/Button";
import { Field, SelectField } from "@/ui/Field";
import { Notice } from "@/ui/Notice";

import * as api from "../model/api";
import {
  applyView,
  dateOf,
  DEFAULT_VIEW,
  hasResults,
  type SortKey,
  STATUS_ORDER,
  type View,
  viewFromQuery,
  viewToQuery,
} from "../model/candidates";
import { loadSeen } from "../model/seen";
import { fullDate, shortDate } from "../model/time";
import type { Candidate } from "../model/types";
import { useDebounced } from "../model/useDebounced";
import { STATUS, statusWords } from "../model/words";
import { useSession } from "../session/session";
import { Badge } from "../ui/Badge";
import { RowsSkeleton } from "../ui/Skeleton";
import { ScoreBar } from "../ui/ScoreBar";
import { ErrorPanel, StatePanel } from "../ui/StatePage";
import css from "./Table.module.css";
import { usePages } from "./usePages";

const MIN_SCORES = [90, 80, 70, 60, 50];
const PERIODS = [
  { value: "1", label: "Last day" },
  { value: "7", label: "Last 7 days" },
  { value: "30", label: "Last 30 days" },
];

function SortHeader({
  label,
  by,
  view,
  onView,
  className,
}: {
  label: string;
  by: SortKey;
  view: View;
  onView: (view: View) => void;
  className?: string | undefined;
}) {
  const active = view.sort === by;
  // A first press shows what one mostly wants on top: the best, the newest, A.
  const first = by === "name" || by === "status" ? "asc" : "desc";
  const next = active ? (view.direction === "asc" ? "desc" : "asc") : first;
  return (
    <th
      scope="col"
      className={className}
      aria-sort={active ? (view.direction === "asc" ? "ascending" : "descending") : undefined}
    >
      <button
        type="button"
        className={css.sort}
        data-active={active || undefined}
        onClick={() => onView({ ...view, sort: by, direction: next })}
      >
        {label}
        <svg viewBox="0 0 10 10" width="9" height="9" aria-hidden="true">
          <path
            d={(active ? view.direction : first) === "asc" ? "M5 1 9 9H1z" : "M5 9 9 1H1z"}
            fill="currentColor"
          />
        </svg>
      </button>
    </th>
  );
}

function When({ candidate }: { candidate: Candidate }) {
  const at = dateOf(candidate);
  if (at === 0) return <>–</>;
  const what = candidate.interviewed_at ? "Interviewed" : "Added";
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={`${what} ${fullDate(at)}`}>
      {shortDate(at)}
    </time>
  );
}

function resumeWords(candidate: Candidate): string {
  const step = candidate.workflow?.steps.find((one) => one.id === "resume");
  if (step === undefined) return "–";
  return { not_started: "–", in_progress: "–", complete: "Yes", skipped: "Skipped", knocked_out: "Not eligible" }[
    step.status
  ];
}

function Row({ candidate, seen }: { candidate: Candidate; seen: boolean }) {
  const unseen = hasResults(candidate.status) && !seen;
  const status = <Badge {...statusWords(candidate.status)} />;
  return (
    <tr>
      <th scope="row" className={unseen ? `${css.nameCell} ${css.unseen}` : css.nameCell}>
        <span className={unseen ? css.dot : css.seen} aria-hidden="true" />
        <Link href={`/interviews/${candidate.interview_id}`}>
          {candidate.name}
          {unseen && <span className="visually-hidden"> (unseen)</span>}
        </Link>
        <span className={css.second}>
          {status}
          <When candidate={candidate} />
        </span>
      </th>
      <td className={`${css.roomy} ${css.muted}`}>{candidate.email}</td>
      <td className={css.wide}>{status}</td>
      <td>
        {candidate.score === null ? (
          <span className={css.muted}>
            <span aria-hidden="true">–</span>
            <span className="visually-hidden">no score yet</span>
          </span>
        ) : (
          <ScoreBar score={candidate.score} spread={candidate.score_spread} />
        )}
      </td>
      <td className={`${css.roomy} ${css.muted}`}>{resumeWords(candidate)}</td>
      <td className={css.wide}>
        <When candidate={candidate} />
      </td>
    </tr>
  );
}

function Filters({ view, onView }: { view: View; onView: (view: View) => void }) {
  return (
    <>
      <Field
        className={css.search}
        label="Search"
        type="search"
        placeholder="Name or e-mail"
      maxLength={100}
        value={view.search}
        onChange={(event) => onView({ ...view, search: event.target.value })}
      />
      <SelectField
        label="Status"
        value={view.status}
        options={[
          { value: "", label: "All" },
          ...STATUS_ORDER.map((value) => ({ value, label: STATUS[value].label })),
        ]}
        onChange={(value) =>
          onView({ ...view, status: STATUS_ORDER.find((one) => one === value) ?? "" })
        }
      />
      <SelectField
        label="Score"
        value={String(view.minScore ?? "")}
        options={[
          { value: "", label: "Any" },
          ...MIN_SCORES.map((score) => ({ value: String(score), label: `${score} and up` })),
        ]}
        onChange={(value) => onView({ ...view, minScore: value === "" ? null : Number(value) })}
      />
      <SelectField
        label="Date"
        value={String(view.days ?? "")}
        options={[{ value: "", label: "Any time" }, ...PERIODS]}
        onChange={(value) => onView({ ...view, days: value === "" ? null : Number(value) })}
      />
    </>
  );
}

function NoCandidates({ url }: { url: string | null }) {
  return (
    <StatePanel title="No candidates yet">
      <p>
        Send the posting’s link, or add candidates through the API. Each shows up here at once, and
        with a score some minutes after the interview.
      </p>
      {url !== null && (
        <p>
          <a href={url}>{url}</a>
        </p>
      )}
    </StatePanel>
  );
}

/** A posting's candidates: dense, sorted and filtered here, searched in the service. */
export function Candidates({
  postingId,
  candidateUrl,
}: {
  postingId: string;
  candidateUrl: string | null;
}) {
  const { refused } = useSession();
  const [location, navigate] = useLocation();
  const query = useSearch();
  const view = viewFromQuery(query);
  const onView = (next: View) => {
    const search = viewToQuery(next);
    navigate(search === "" ? location : `${location}?${search}`, { replace: true });
  };
  const [seen] = useState(loadSeen);
  const [now] = useState(() => Date.now() / 1000);

  const search = useDebounced(view.search.trim(), 250);
  const pages = usePages(
    `candidates:${postingId}:${view.status}:${search}`,
    (startingAfter, signal) =>
      api.candidates(
        postingId,
        { status: view.status, search, ...(startingAfter ? { startingAfter } : {}) },
        signal,
      ),
    (candidate) => candidate.interview_id,
    refused,
  );

  if (pages.rows === undefined) {
    return pages.error === null ? (
      <RowsSkeleton label="Loading candidates" />
    ) : (
      <ErrorPanel error={pages.error} what="this posting’s candidates" onRetry={pages.reload} />
    );
  }
  const rows = applyView(pages.rows, view, now);
  const unfiltered = view.search === "" && view.status === "";
  if (pages.rows.length === 0 && unfiltered) return <NoCandidates url={candidateUrl} />;
  const total = pages.total ?? pages.rows.length;
  const header = { view, onView };
  return (
    <>
      <div className={css.filters}>
        <Filters view={view} onView={onView} />
        <p className={css.count} role="status">
          {rows.length} of {total}
        </p>
      </div>
      {pages.error !== null && (
        <Notice tone="bad" live="alert" title="Not everything could be loaded">
          <p>
            {pages.error.message} <Button size="small" onClick={pages.reload}>Try again</Button>
          </p>
        </Notice>
      )}
      <div className={css.sheet}>
        <table className={css.table}>
          <caption className="visually-hidden">Candidates. The headers sort.</caption>
          <thead>
            <tr>
              <SortHeader label="Candidate" by="name" {...header} />
              <th scope="col" className={css.roomy}>
                E-mail
              </th>
              <SortHeader label="Status" by="status" className={css.wide} {...header} />
              <SortHeader label="Score" by="score" {...header} />
              <th scope="col" className={css.roomy}>
                Resume
              </th>
              <SortHeader label="Date" by="date" className={css.wide} {...header} />
            </tr>
          </thead>
          <tbody>
            {rows.map((candidate) => (
              <Row
                key={candidate.interview_id}
                candidate={candidate}
                seen={seen.has(candidate.interview_id)}
              />
            ))}
          </tbody>
        </table>
        {rows.length === 0 && (
          <p className={css.none}>
            No candidate matches.{" "}
            <Button size="small" onClick={() => onView({ ...DEFAULT_VIEW, sort: view.sort, direction: view.direction })}>
              Clear the filters
            </Button>
          </p>
        )}
      </div>
      {pages.hasMore && (
        <div className={css.more}>
          <Button onClick={pages.loadMore} busy={pages.loadingMore}>
            Load more
          </Button>
          <span className={css.muted}>Sorted among the {pages.rows.length} loaded so far.</span>
        </div>
      )}
    </>
  );
}
