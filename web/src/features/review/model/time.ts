/** Times as people read them: clock positions, spoken durations, dates in the reader's zone. */

/** `75.4` → `1:15`, `3725` → `1:02:05`. Seconds; negative and unknown values read as 0:00. */
export function clock(seconds: number): string {
  const total = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  const s = String(total % 60).padStart(2, "0");
  const minutes = Math.floor(total / 60);
  if (minutes < 60) return `${minutes}:${s}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${s}`;
}

/** `75.4` → `1 minute 15 seconds`, for screen readers. */
export function spokenTime(seconds: number): string {
  const total = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  const plural = (n: number, unit: string): string => `${n} ${unit}${n === 1 ? "" : "s"}`;
  const minutes = Math.floor(total / 60);
  if (minutes === 0) return plural(total, "second");
  return `${plural(minutes, "minute")} ${plural(total % 60, "second")}`;
}

/** Unix seconds → a short date in the reader's zone and language, with the year only if another. */
export function shortDate(unix: number, now: Date = new Date(), zone?: string): string {
  const date = new Date(unix * 1000);
  const sameYear = date.getFullYear() === now.getFullYear();
  return new Intl.DateTimeFormat(undefined, {
    day: "numeric",
    month: "short",
    ...(sameYear ? {} : { year: "numeric" }),
    ...(zone === undefined ? {} : { timeZone: zone }),
  }).format(date);
}

/** Unix seconds → date and time in the reader's zone, zone named. */
export function fullDate(unix: number, zone?: string): string {
  return new Intl.DateTimeFormat(undefined, {
    weekday: "short",
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
    ...(zone === undefined ? {} : { timeZone: zone }),
  }).format(new Date(unix * 1000));
}
