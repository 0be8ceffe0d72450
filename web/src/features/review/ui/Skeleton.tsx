import { classes } from "@/ui/classes";

import css from "./Skeleton.module.css";

/** A grey stand-in of the size of what will come, so that nothing jumps when it does. */
export function Bone({
  width = "100%",
  height = "1em",
  className,
}: {
  width?: string;
  height?: string;
  className?: string | undefined;
}) {
  return <span className={classes(css.bone, className)} style={{ width, height }} />;
}

/** Wraps stand-ins; screen readers hear only the label. */
export function Waiting({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div role="status" className={css.waiting}>
      <span className="visually-hidden">{label}…</span>
      <div aria-hidden="true">{children}</div>
    </div>
  );
}

/** Rows of a table that is on its way. */
export function RowsSkeleton({ label, rows = 8 }: { label: string; rows?: number }) {
  return (
    <Waiting label={label}>
      <div className={css.rows}>
        {Array.from({ length: rows }, (_, i) => (
          <div key={i} className={css.row}>
            <Bone width={`${55 + ((i * 17) % 35)}%`} />
            <Bone width="70%" />
            <Bone width="50%" />
          </div>
        ))}
      </div>
    </Waiting>
  );
}

/** A whole page that is on its way. */
export function PageSkeleton({ label }: { label: string }) {
  return (
    <main className={css.page}>
      <h1 className="visually-hidden">Review</h1>
      <RowsSkeleton label={label} />
    </main>
  );
}
