import { Link } from "wouter";

import { Button } from "@/ui/Button";

import * as api from "../model/api";
import { fullDate, shortDate } from "../model/time";
import type { Posting } from "../model/types";
import { useResource } from "../model/useResource";
import { postingStatusWords } from "../model/words";
import { useSession } from "../session/session";
import { Badge } from "../ui/Badge";
import { Shell } from "../ui/Shell";
import { RowsSkeleton } from "../ui/Skeleton";
import { ErrorPanel, StatePanel } from "../ui/StatePage";
import css from "./Table.module.css";
import { usePages } from "./usePages";

/** How many candidates a posting has; comes after the table, in a place kept for it. */
function CandidateCount({ postingId }: { postingId: string }) {
  const { data } = useResource(`count:${postingId}`, (signal) =>
    api.candidates(postingId, { limit: 1 }, signal),
  );
  return <>{data ? (data.pagination.total_count ?? "–") : "\u2007"}</>;
}

function Row({ posting }: { posting: Posting }) {
  return (
    <tr>
      <th scope="row" className={css.nameCell}>
        <Link href={`/postings/${posting.id}`}>{posting.title}</Link>
        <span className={css.second}>
          <Badge {...postingStatusWords(posting.status)} />
        </span>
      </th>
      <td className={css.wide}>
        <Badge {...postingStatusWords(posting.status)} />
      </td>
      <td className={css.number}>
        <CandidateCount postingId={posting.id} />
      </td>
      <td className={css.wide}>
        {posting.created_at ? (
          <time
            dateTime={new Date(posting.created_at * 1000).toISOString()}
            title={fullDate(posting.created_at)}
          >
            {shortDate(posting.created_at)}
          </time>
        ) : (
          "–"
        )}
      </td>
    </tr>
  );
}

function Empty() {
  return (
    <StatePanel title="No postings yet">
      <p>
        A posting holds the questions and how answers are judged. Create the first one through the
        API; it appears here at once.
      </p>
      <p>
        <a href="/docs">Read how</a>
      </p>
    </StatePanel>
  );
}

/** All postings of the workspace, newest first. */
export function PostingsPage() {
  const { refused } = useSession();
  const pages = usePages(
    "postings",
    (cursor, signal) => api.postings(signal, cursor),
    (posting) => posting.id,
    refused,
  );
  const { rows } = pages;
  return (
    <Shell title="Postings" crumbs={[{ label: "Postings" }]}>
      <div className={css.heading}>
        <h1>Postings</h1>
      </div>
      {rows === undefined && pages.error === null && <RowsSkeleton label="Loading postings" />}
      {rows === undefined && pages.error !== null && (
        <ErrorPanel error={pages.error} what="this workspace’s postings" onRetry={pages.reload} />
      )}
      {rows?.length === 0 && <Empty />}
      {rows !== undefined && rows.length > 0 && (
        <div className={css.sheet}>
          <table className={css.table}>
            <caption className="visually-hidden">Postings, newest first</caption>
            <thead>
              <tr>
                <th scope="col">Posting</th>
                <th scope="col" className={css.wide}>
                  Status
                </th>
                <th scope="col" className={css.number}>
                  Candidates
                </th>
                <th scope="col" className={css.wide}>
                  Created
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((posting) => (
                <Row key={posting.id} posting={posting} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {pages.hasMore && (
        <div className={css.more}>
          <Button onClick={pages.loadMore} busy={pages.loadingMore}>
            Load more
          </Button>
        </div>
      )}
    </Shell>
  );
}
