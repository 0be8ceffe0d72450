/** Which interviews this reader has opened, kept in this browser only. */

const KEY = "interviewer.review.seen";
/** Far beyond what anyone reviews; keeps the entry small. */
const LIMIT = 5_000;

/** Ids of the interviews whose results were opened. An unreadable or refused store reads empty. */
export function loadSeen(): ReadonlySet<string> {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return new Set(
      Array.isArray(stored) ? stored.filter((id): id is string => typeof id === "string") : [],
    );
  } catch {
    return new Set();
  }
}

/** Remember that the results of this interview were opened. */
export function markSeen(interviewId: string): void {
  const seen = [...loadSeen()].filter((id) => id !== interviewId);
  try {
    localStorage.setItem(KEY, JSON.stringify([...seen, interviewId].slice(-LIMIT)));
  } catch {
    // A browser that keeps nothing shows everything as unseen; nothing else depends on it.
  }
}
