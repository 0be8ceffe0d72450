import { type SyntheticEvent, useEffect, useId, useRef, useState } from "react";

import { Button } from "@/ui/Button";

import css from "./TypePanel.module.css";

/** Longer than any sensible answer; the service has its own limit. */
const MAX_LENGTH = 8000;

/** Write an answer instead of saying it. A draft outlives a reload. */
export function TypePanel({
  draft,
  onDraft,
  onSend,
  onPaste,
  onSpeak,
  focus,
}: {
  draft: string;
  onDraft: (text: string) => void;
  onSend: (text: string) => void;
  onPaste: () => void;
  /** Null where typing is the only way. */
  onSpeak: (() => void) | null;
  /** It was asked for, so the cursor belongs there. */
  focus: boolean;
}) {
  const [text, setText] = useState(draft);
  const area = useRef<HTMLTextAreaElement>(null);
  const id = useId();

  useEffect(() => {
    if (focus) area.current?.focus();
    // Only when it opens.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  const change = (value: string) => {
    setText(value);
    onDraft(value);
  };

  const submit = (event?: SyntheticEvent) => {
    event?.preventDefault();
    const answer = text.trim();
    if (answer === "") {
      area.current?.focus();
      return;
    }
    onSend(answer);
    change("");
    area.current?.focus();
  };

  return (
    <form className={css.panel} onSubmit={submit}>
      <label htmlFor={id}>Your answer</label>
      <textarea
        id={id}
        ref={area}
        rows={3}
        maxLength={MAX_LENGTH}
        value={text}
        onChange={(event) => change(event.target.value)}
        onPaste={onPaste}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
          if (event.key === "Escape" && focus) onSpeak?.();
        }}
      />
      <div className={css.actions}>
        <Button type="submit" variant="primary">
          Send answer
        </Button>
        {onSpeak && <Button onClick={onSpeak}>{focus ? "Back to speaking" : "Speak instead"}</Button>}
        <span className={css.hint}>Ctrl + Enter sends</span>
      </div>
    </form>
  );
}
