import { useCallback, useEffect, useEffectEvent, useRef, useState } from "react";

import { ApiError } from "@/api/client";

import type { ListOf } from "../model/types";

export interface Pages<T> {
  rows: T[] | undefined;
  /** All rows that there are, loaded or not, if the service said so. */
  total: number | null;
  hasMore: boolean;
  loadingMore: boolean;
  error: ApiError | null;
  loadMore: () => void;
  reload: () => void;
}

interface Stored<T> {
  key: string;
  rows?: T[];
  total: number | null;
  hasMore: boolean;
  loadingMore: boolean;
  error: ApiError | null;
}

const EMPTY = { total: null, hasMore: false, loadingMore: false, error: null };

/**
 * A list that comes by cursor. A changed `key` starts again at the first page; the old rows are
 * dropped only when the new ones are there, so that a filter doesn't make the table flash.
 *
 * @param load one page, after the row with `cursor` or from the start
 */
export function usePages<T>(
  key: string,
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<ListOf<T>>,
  cursorOf: (row: T) => string,
  onError: (error: ApiError) => void,
): Pages<T> {
  const [stored, setStored] = useState<Stored<T>>({ key, ...EMPTY });
  const [round, setRound] = useState(0);
  const abortMore = useRef<AbortController | null>(null);
  const loadPage = useEffectEvent(load);
  const failed = useEffectEvent(onError);

  useEffect(() => {
    const abort = new AbortController();
    loadPage(undefined, abort.signal)
      .then(({ data, pagination }) => {
        setStored({
          key,
          ...EMPTY,
          rows: data,
          total: pagination.total_count,
          hasMore: pagination.has_more,
        });
      })
      .catch((caught: unknown) => {
        if (abort.signal.aborted) return;
        const error = asError(caught);
        setStored((old) => ({ ...old, key, error }));
        failed(error);
      });
    return () => {
      abort.abort();
      abortMore.current?.abort();
    };
  }, [key, round]);

  const loadMore = async () => {
    const last = stored.rows?.at(-1);
    if (last === undefined || stored.loadingMore) return;
    const abort = new AbortController();
    abortMore.current = abort;
    setStored((old) => ({ ...old, loadingMore: true, error: null }));
    try {
      const { data, pagination } = await load(cursorOf(last), abort.signal);
      setStored((old) => {
        const known = new Set(old.rows?.map(cursorOf));
        const fresh = data.filter((row) => !known.has(cursorOf(row)));
        return {
          ...old,
          rows: [...(old.rows ?? []), ...fresh],
          total: pagination.total_count ?? old.total,
          hasMore: pagination.has_more,
          loadingMore: false,
        };
      });
    } catch (caught) {
      if (abort.signal.aborted) return;
      const error = asError(caught);
      setStored((old) => ({ ...old, loadingMore: false, error }));
      onError(error);
    }
  };

  const reload = useCallback(() => setRound((n) => n + 1), []);
  return {
    rows: stored.rows,
    total: stored.total,
    hasMore: stored.hasMore,
    loadingMore: stored.loadingMore,
    error: stored.error,
    loadMore: () => void loadMore(),
    reload,
  };
}

function asError(caught: unknown): ApiError {
  if (caught instanceof ApiError) return caught;
  return new ApiError(0, "unexpected", "The answer of the service could not be read.");
}
