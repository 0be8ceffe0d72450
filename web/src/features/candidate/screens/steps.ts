import type { CandidateInterview } from "@/api/types";

/** "Step 2 of 3": the posting's own steps, with the welcome before them. */
export function stepOf(interview: CandidateInterview, current: "welcome" | "resume" | "check"): string {
  const hasResume = interview.steps.some((step) => step.type === "resume");
  const all = ["welcome", ...(hasResume ? ["resume"] : []), "check"];
  return `Step ${all.indexOf(current) + 1} of ${all.length}`;
}
