import { useCallback, useEffect, useState } from "react";

import { ApiError } from "@/api/client";

export type Loaded<T> =
  | { status: "loading" }
  | { status: "loaded"; data: T }
  | { status: "failed"; error: ApiError };

async function outcome<T>(
  load: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<Loaded<T>> {
  try {
    return { status: "loaded", data: await load(signal) };
  } catch (error) {
    const known = error instanceof ApiError ? error : new ApiError(0, "error", String(error));
    return { status: "failed", error: known };
  }
}

/**
 * Something fetched, and `reload` to fetch it again while the old stays on the screen.
 * `load` must keep its identity as long as it fetches the same thing.
 */
export function useLoaded<T>(
  load: (signal: AbortSignal) => Promise<T>,
): [Loaded<T>, () => Promise<void>] {
  const [loaded, setLoaded] = useState<Loaded<T>>({ status: "loading" });

  useEffect(() => {
    const controller = new AbortController();
    void outcome(load, controller.signal).then((next) => {
      if (!controller.signal.aborted) setLoaded(next);
    });
    return () => controller.abort();
  }, [load]);

  const reload = useCallback(async () => {
    setLoaded(await outcome(load, new AbortController().signal));
  }, [load]);
  return [loaded, reload];
}
