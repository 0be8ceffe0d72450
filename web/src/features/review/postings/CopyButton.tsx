import { type ReactNode, useEffect, useRef, useState } from "react";

import { Button, type ButtonProps } from "@/ui/Button";

import css from "./CopyButton.module.css";

/** Puts `text` on the clipboard, and says so; where it may not, shows it to be copied by hand. */
export function CopyButton({
  text,
  variant,
  children,
}: {
  text: string;
  variant?: NonNullable<ButtonProps["variant"]>;
  children: ReactNode;
}) {
  const [copied, setCopied] = useState<boolean | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    // Without https there is no clipboard at all.
    const done = await Promise.resolve()
      .then(() => navigator.clipboard.writeText(text))
      .then(
        () => true,
        () => false,
      );
    setCopied(done);
    clearTimeout(timer.current);
    if (done) timer.current = setTimeout(() => setCopied(null), 4000);
  };
  return (
    <span className={css.copy}>
      <Button variant={variant ?? "secondary"} size="small" onClick={() => void copy()} title={text}>
        {children}
      </Button>
      <span role="status" className={css.copied}>
        {copied === true && "Copied"}
        {copied === false && <span className={css.byHand}>{text}</span>}
      </span>
    </span>
  );
}
