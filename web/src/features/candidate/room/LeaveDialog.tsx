import { useEffect, useState } from "react";

import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";

/** Without an answer from the service for so long, the page says goodbye by itself, ms. */
const PATIENCE = 6000;

/** Leaving ends the interview, so it is asked once more. */
export function LeaveDialog({
  open,
  onStay,
  onLeave,
  onNoAnswer,
}: {
  open: boolean;
  onStay: () => void;
  onLeave: () => void;
  onNoAnswer: () => void;
}) {
  const [gone, setGone] = useState(false);

  useEffect(() => {
    if (!gone) return;
    const timer = setTimeout(onNoAnswer, PATIENCE);
    return () => clearTimeout(timer);
  }, [gone, onNoAnswer]);

  return (
    <Dialog
      open={open}
      title="End the interview here?"
      onClose={onStay}
      actions={
        <>
          <Button variant="primary" onClick={onStay}>
            Stay
          </Button>
          <Button
            variant="danger"
            busy={gone}
            onClick={() => {
              setGone(true);
              onLeave();
            }}
          >
            End the interview
          </Button>
        </>
      }
    >
      <p>
        What you said so far is kept and will be read; the remaining questions won't be asked.
      </p>
      <p>
        Only need a break? Choose <em>Stay</em> and then <em>Give me a moment</em>, or close the
        page: the same link brings you back to this question.
      </p>
    </Dialog>
  );
}
