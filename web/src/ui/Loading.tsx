import css from "./Loading.module.css";

/** A quiet wait; appears only after a moment, so that fast answers don't flash it. */
export function Loading({ label }: { label: string }) {
  return (
    <div className={css.loading} role="status">
      <span className={css.dot} aria-hidden="true" />
      {label}…
    </div>
  );
}
