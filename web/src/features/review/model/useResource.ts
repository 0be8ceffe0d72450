import { useCallback, useEffect, useEffectEvent, useState } from "react";

import { ApiError } from "@/api/client";

/** Wait before asking again after a poll that failed, in ms. */
const RETRY_MS = 10_000;

export interface Resource<T> {
  /** The newest data, kept while newer are fetched and when fetching them fails. */
  data: T | undefined;
  error: ApiError | null;
  /** Fetch again now. */
  reload: () => void;
  /** Show what a call has changed, without fetching. Does nothing before the first data. */
  change: (edit: (data: T) => T) => void;
}

export interface ResourceOptions<T> {
  /** Milliseconds until the next fetch, or null to stop; asked after every answer. */
  pollEvery?: (data: T) => number | null;
  onError?: (error: ApiError) => void;
}

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(0, "unexpected", "The answer of the service could not be read.");
}

/**
 * What `load` resolves with, for as long as `key` stays the same. A changed key drops the old
 * data at once and aborts the fetch under way.
 */
export function useResource<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  options: ResourceOptions<T> = {},
): Resource<T> {
  const [stored, setStored] = useState<{ key: string; data?: T; error: ApiError | null } | null>(
    null,
  );
  const [round, setRound] = useState(0);
  const loadNow = useEffectEvent(load);
  const waitAfter = useEffectEvent((data: T) => options.pollEvery?.(data) ?? null);
  const failed = useEffectEvent((error: ApiError) => options.onError?.(error));

  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let polling = false;
    const run = async () => {
      try {
        const data = await loadNow(abort.signal);
        if (abort.signal.aborted) return;
        setStored({ key, data, error: null });
        const wait = waitAfter(data);
        polling = wait !== null;
        if (wait !== null) timer = setTimeout(() => void run(), wait);
      } catch (caught) {
        if (abort.signal.aborted) return;
        const error = asApiError(caught);
        setStored((old) => (old?.key === key ? { ...old, error } : { key, error }));
        failed(error);
        if (polling && error.status !== 401) timer = setTimeout(() => void run(), RETRY_MS);
      }
    };
    void run();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [key, round]);

  const reload = useCallback(() => setRound((n) => n + 1), []);
  const change = useCallback((edit: (data: T) => T) => {
    setStored((old) => (old?.data === undefined ? old : { ...old, data: edit(old.data) }));
  }, []);
  const current = stored?.key === key ? stored : null;
  return { data: current?.data, error: current?.error ?? null, reload, change };
}
