import { useEffect } from "react";

import type { CandidateInterview } from "@/api/types";
import type { Camera } from "@/core/camera";
import { buttonClasses } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Notice } from "@/ui/Notice";

import { Frame } from "../Frame";
import { useObservable } from "../hooks/useObservable";
import type { Ending } from "../room/RoomScreen";
import { longDate } from "../words";
import css from "./EndScreen.module.css";
import { TakeAgain } from "./TakeAgain";
import { YourData } from "./YourData";

/** Only what may stand in a link: an address of the web. */
function webAddress(url: string | null | undefined): string | null {
  return url && /^https?:\/\//i.test(url) ? url : null;
}

const LEADS: Record<string, string> = {
  completed: "That was the last question. Your answers have arrived.",
  candidate_left:
    "You ended the interview early. What you said until then is kept and will be read.",
  out_of_time:
    "The time for this interview is up. What you said has arrived, and questions that were not reached count for nothing.",
  failed:
    "We had to stop because of a fault on our side. What you said is kept, and the fault counts for nothing.",
};

/** Thanks, what happens next, one's rights, and what is still on its way. */
export function EndScreen({
  interview,
  ending,
  camera,
}: {
  interview: CandidateInterview;
  ending: Ending | null;
  camera: Camera | null;
}) {
  const { candidate, posting, interviewer, options, progress } = interview;
  const contact = options.contact ?? "the people who invited you";
  const redirect = webAddress(ending?.redirectUrl ?? posting.redirect_url);
  const took = ending !== null || progress.started || progress.ended;
  const reason = ending?.reason ?? progress.end_reason ?? "completed";
  const left = reason === "candidate_left";

  if (interview.status === "knocked_out") {
    return <NotGoingOn interview={interview} contact={contact} redirect={redirect} />;
  }

  return (
    <Frame
      company={posting.company}
      title={left ? `Goodbye, ${candidate.first_name}.` : `Thank you, ${candidate.first_name}.`}
      lead={took ? (LEADS[reason] ?? LEADS.completed) : "Everything that was asked of you is here."}
    >
      {camera && <Upload camera={camera} />}
      <Card as="section" className={css.card} aria-label="What happens next">
        <h2>What happens next</h2>
        <ol className={css.steps}>
          <li>
            Within minutes {interviewer.name} hands over a written record: your answers, and a
            suggested score with quotes.
          </li>
          <li>People at {posting.company} watch, read and decide. No machine decides about you.</li>
          <li>
            They write to you at the e-mail address they have of you.{" "}
            {posting.deadline === null
              ? `To ask when, write to ${contact}.`
              : `Interviews for this job are open until ${longDate(posting.deadline)}; if you have heard nothing by then, write to ${contact}.`}
          </li>
        </ol>
      </Card>
      <TakeAgain interview={interview} justEnded={ending !== null} />
      <YourData interview={interview} contact={contact} />
      <Leave company={posting.company} redirect={redirect} />
    </Frame>
  );
}

/** A required resume did not meet what the role asks for: said plainly, with a way to a person. */
function NotGoingOn({
  interview,
  contact,
  redirect,
}: {
  interview: CandidateInterview;
  contact: string;
  redirect: string | null;
}) {
  const { candidate, posting } = interview;
  return (
    <Frame
      company={posting.company}
      title={`Thank you for your interest, ${candidate.first_name}.`}
      lead={`For this role ${posting.company} asks for something that we did not find in your resume, so there is no interview this time.`}
    >
      <Card as="section" className={css.card} aria-label="What you can do">
        <h2>What you can do</h2>
        <ol className={css.steps}>
          <li>
            An AI read your resume, and it can be wrong. If it missed something, write to {contact}{" "}
            and ask for a person to look at it.
          </li>
          <li>This is about one role only. It says nothing about you, or about other roles.</li>
        </ol>
      </Card>
      <YourData interview={interview} contact={contact} />
      <Leave company={posting.company} redirect={redirect} />
    </Frame>
  );
}

function Leave({ company, redirect }: { company: string; redirect: string | null }) {
  if (!redirect) return <p className={css.close}>You can close this page.</p>;
  return (
    <div>
      <a className={buttonClasses("primary", "large")} href={redirect} rel="noreferrer">
        Continue to {company}
      </a>
    </div>
  );
}

function Upload({ camera }: { camera: Camera }) {
  const { done, made, pending, stalled, refused } = useObservable(camera.uploader.view);

  useEffect(() => {
    if (done) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [done]);

  if (done) {
    if (made === 0 && refused === 0) return null;
    return (
      <Notice tone="good" live="status">
        <p>
          {refused > 0
            ? "Your voice was recorded in full; part of the picture could not be kept. That does not matter for you."
            : "Your video has arrived in full."}
        </p>
      </Notice>
    );
  }
  const percent = Math.floor((100 * (made - pending)) / Math.max(1, made));
  return (
    <Notice tone="info" title="Your video is still being sent. Please leave this page open.">
      <div
        className={css.progress}
        role="progressbar"
        aria-label="Video sent"
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <span style={{ width: `${percent}%` }} />
      </div>
      <p>
        {stalled
          ? "The connection is gone for the moment; it goes on by itself. If you must leave, open the same link later and the rest will follow."
          : `${percent} % sent. Your answers are safe already.`}
      </p>
    </Notice>
  );
}
