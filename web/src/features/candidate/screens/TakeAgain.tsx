import { useEffect, useState } from "react";

import type { CandidateInterview } from "@/api/types";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Dialog } from "@/ui/Dialog";
import { Notice } from "@/ui/Notice";

import { getInterview, takeAgain } from "../api/interviews";
import { longDateTime, plural } from "../words";
import css from "./EndScreen.module.css";

type Retake = NonNullable<CandidateInterview["retake"]>;

/** Another attempt, where the posting allows one: offered quietly, and asked once more. */
export function TakeAgain({
  interview,
  justEnded,
}: {
  interview: CandidateInterview;
  /** It ended on this page, and what the service told of it is from before. */
  justEnded: boolean;
}) {
  const retake = useRetake(interview, justEnded);
  return retake && <Offer interview={interview} retake={retake} />;
}

/** As the service tells it now; null where there is none, or no answer. */
function useRetake(interview: CandidateInterview, justEnded: boolean): Retake | null {
  const [retake, setRetake] = useState(interview.retake);
  const id = interview.interview_id;
  useEffect(() => {
    if (!justEnded) return;
    const controller = new AbortController();
    getInterview(id, controller.signal).then(
      (fresh) => setRetake(fresh.retake),
      () => undefined, // the page is complete without it
    );
    return () => controller.abort();
  }, [id, justEnded]);
  return retake;
}

function Offer({ interview, retake }: { interview: CandidateInterview; retake: Retake }) {
  const now = useUnixTime();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const { company } = interview.posting;
  const left = plural(retake.attempts_left, "more time", "more times");
  const isOpen = retake.available_at !== null && retake.available_at <= now;

  const again = async () => {
    setBusy(true);
    setFailed(false);
    try {
      window.location.assign(await takeAgain(interview.interview_id));
    } catch {
      setAsking(false);
      setBusy(false);
      setFailed(true);
    }
  };

  return (
    <Card as="section" className={css.card} aria-label="Taking it again">
      <h2>Would you like another try?</h2>
      <p>
        {company} lets you take this interview {left}. {when(retake, isOpen)} What you said this
        time is kept: the people at {company} can see each attempt.
      </p>
      {failed && (
        <Notice tone="bad" live="alert">
          <p>That did not work just now. Nothing is lost; please try again in a moment.</p>
        </Notice>
      )}
      {isOpen && (
        <div>
          <Button onClick={() => setAsking(true)}>Take the interview again</Button>
        </div>
      )}
      <Dialog
        open={asking}
        title="Take the interview again?"
        onClose={() => setAsking(false)}
        actions={
          <>
            <Button onClick={() => setAsking(false)}>Not now</Button>
            <Button variant="primary" busy={busy} onClick={() => void again()}>
              Begin again
            </Button>
          </>
        }
      >
        <p>
          It starts from the beginning, on a page of its own. This uses one of the attempts that
          you have left; the earlier ones stay.
        </p>
      </Dialog>
    </Card>
  );
}

/** Seconds, by the reader's clock, read anew every half minute. */
function useUnixTime(): number {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() / 1000), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

function when({ available_at }: Retake, isOpen: boolean): string {
  if (isOpen) return "You can begin now, or come back to this page later.";
  if (available_at === null) {
    return "You can once this one is written up, in a few minutes: open this page again then.";
  }
  return `You can from ${longDateTime(available_at)}: open this page again then.`;
}
