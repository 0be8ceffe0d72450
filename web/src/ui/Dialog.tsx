import { type ReactNode, useEffect, useId, useRef } from "react";

import css from "./Dialog.module.css";

/** A modal question. The browser's own `<dialog>` keeps the focus inside and gives it back. */
export function Dialog({
  open,
  title,
  onClose,
  children,
  actions,
}: {
  open: boolean;
  title: string;
  /** Also called for Escape. */
  onClose: () => void;
  children?: ReactNode;
  actions: ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);

  return (
    <dialog ref={dialog} className={css.dialog} aria-labelledby={titleId} onClose={onClose}>
      {open && (
        <div className={css.body}>
          <h2 id={titleId}>{title}</h2>
          {children}
          <div className={css.actions}>{actions}</div>
        </div>
      )}
    </dialog>
  );
}
