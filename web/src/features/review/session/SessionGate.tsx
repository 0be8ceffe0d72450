import { type ReactNode, useCallback, useMemo, useState } from "react";

import type { ApiError } from "@/api/client";

import * as api from "../model/api";
import { useResource } from "../model/useResource";
import { PageSkeleton } from "../ui/Skeleton";
import { StatePage } from "../ui/StatePage";
import { LoginPage } from "./LoginPage";
import { SessionContext } from "./session";

/** Lets through who is logged in; asks everyone else for an API key, at the same address. */
export function SessionGate({ children }: { children: ReactNode }) {
  const me = useResource("me", api.me);
  const [ended, setEnded] = useState<"expired" | "logged_out" | null>(null);

  const { reload } = me;
  const entered = useCallback(() => {
    setEnded(null);
    reload();
  }, [reload]);
  const logOut = useCallback(async () => {
    try {
      await api.logOut();
    } finally {
      setEnded("logged_out");
    }
  }, []);
  const refused = useCallback((error: ApiError) => {
    if (error.status === 401) setEnded("expired");
  }, []);

  const workspace = me.data?.workspace;
  const session = useMemo(
    () => (workspace ? { workspace, logOut, refused } : null),
    [workspace, logOut, refused],
  );

  if (ended !== null) return <LoginPage reason={ended} onEntered={entered} />;
  if (me.error?.status === 401) return <LoginPage reason={null} onEntered={entered} />;
  if (session !== null) return <SessionContext value={session}>{children}</SessionContext>;
  if (me.error !== null) return <StatePage error={me.error} what="the review pages" onRetry={reload} />;
  return <PageSkeleton label="Checking your session" />;
}
