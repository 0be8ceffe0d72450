import { useState } from "react";

import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { SelectField } from "@/ui/Field";

import { CopyButton } from "./CopyButton";
import css from "./Rehearse.module.css";

/** The simulated candidates that come with the service, by the names that the command takes. */
const PERSONAS = [
  { value: "strong", label: "Strong: concrete, with figures" },
  { value: "vague", label: "Vague: generalities" },
  { value: "silent", label: "Silent: says next to nothing" },
  { value: "interrupting", label: "Interrupting: talks over the interviewer" },
  { value: "asking_back", label: "Asking back: questions of their own" },
];

/** How to have a simulated candidate hold this interview before a person does. */
export function Rehearse({ postingId }: { postingId: string }) {
  const [open, setOpen] = useState(false);
  const [persona, setPersona] = useState("strong");
  const command = [
    `.venv/bin/interviewer rehearse ${postingId}`,
    `--persona ${persona}`,
    `--url ${window.location.origin}`,
  ].join(" \\\n  ");
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>
        Rehearse
      </Button>
      <Dialog
        open={open}
        title="Rehearse this interview"
        onClose={() => setOpen(false)}
        actions={
          <>
            <CopyButton text={command} variant="primary">
              Copy the command
            </CopyButton>
            <Button size="small" onClick={() => setOpen(false)}>
              Close
            </Button>
          </>
        }
      >
        <p>
          A simulated candidate talks with the interviewer over the same line as a person. The
          command prints what was said, how quickly it was answered, and the scorecard.
        </p>
        <SelectField label="Candidate" value={persona} options={PERSONAS} onChange={setPersona} />
        <pre className={css.command}>
          <code>{command}</code>
        </pre>
        <p className={css.note}>
          Run it where the service is installed, with your API key in INTERVIEWER_API_KEY. It leaves
          a candidate called “Rehearsal …” here; erase it when you are done. If “strong” and “vague”
          get near scores, the anchors don’t tell them apart.
        </p>
      </Dialog>
    </>
  );
}
