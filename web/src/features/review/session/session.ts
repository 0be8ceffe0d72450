import { createContext, useContext } from "react";

import type { ApiError } from "@/api/client";

import type { Workspace } from "../model/types";

export interface Session {
  workspace: Workspace;
  logOut: () => Promise<void>;
  /** Pass every refused call here: a session that ran out asks for the key again. */
  refused: (error: ApiError) => void;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("useSession outside of a session");
  return session;
}
