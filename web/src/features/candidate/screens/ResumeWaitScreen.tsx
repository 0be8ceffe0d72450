import { useEffect } from "react";

import type { CandidateInterview } from "@/api/types";
import { Notice } from "@/ui/Notice";

import { Frame } from "../Frame";
import { stepOf } from "./steps";

const LOOK_AGAIN_MS = 3000;

/** The resume decides whether the interview goes on, so it is read first. */
export function ResumeWaitScreen({
  interview,
  onChange,
}: {
  interview: CandidateInterview;
  onChange: () => Promise<void>;
}) {
  const { posting } = interview;

  useEffect(() => {
    const timer = setInterval(() => void onChange(), LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [onChange]);

  return (
    <Frame
      company={posting.company}
      step={stepOf(interview, "resume")}
      title="Thank you. Your resume is being read."
      lead={`${posting.company} asks for certain things in this role, so that comes first.`}
    >
      <Notice tone="info" live="status">
        <p>
          This takes a minute or two, and the page goes on by itself. You may close it and open the
          same link later.
        </p>
      </Notice>
    </Frame>
  );
}
