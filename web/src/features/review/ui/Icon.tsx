const PATHS = {
  play: "M7 4.5v15l12-7.5z",
  pause: "M6.5 5h4v14h-4zM13.5 5h4v14h-4z",
  previous: "M6 5h2.2v14H6zM19 5v14L9 12z",
  next: "M15.8 5H18v14h-2.2zM5 5l10 7-10 7z",
  volume: "M4 9.5v5h3.5L12 19V5L7.5 9.5zM14.5 8.2a5 5 0 0 1 0 7.6l1.2 1.4a7 7 0 0 0 0-10.4z",
  muted:
    "M4 9.5v5h3.5L12 19V5L7.5 9.5zM14.5 10.2l1.3-1.3 1.7 1.8 1.8-1.8 1.3 1.3-1.8 1.8 1.8 1.8-1.3 1.3-1.8-1.8-1.7 1.8-1.3-1.3 1.8-1.8z",
  full: "M4 4h6v2H6v4H4zM14 4h6v6h-2V6h-4zM4 14h2v4h4v2H4zM18 14h2v6h-6v-2h4z",
  check: "M9.5 17.6 4 12l1.6-1.6 3.9 4 8.9-9L20 7z",
  cross: "M6.4 5 12 10.6 17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4z",
  download: "M11 4h2v8.2l3-3 1.4 1.4L12 16l-5.4-5.4L8 9.2l3 3zM5 18h14v2H5z",
  grip: "M8 5h3v3H8zM13 5h3v3h-3zM8 10.5h3v3H8zM13 10.5h3v3h-3zM8 16h3v3H8zM13 16h3v3h-3z",
  up: "M12 6.5 20 15l-1.5 1.5L12 9.7l-6.5 6.8L4 15z",
  down: "M12 17.5 4 9l1.5-1.5 6.5 6.8 6.5-6.8L20 9z",
  plus: "M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z",
  warn: "M12 3 22.5 21h-21zM11 10v5h2v-5zm0 6.5v2h2v-2z",
} as const;

export type IconName = keyof typeof PATHS;

/** A drawn sign; always beside or inside something that has words. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" style={{ flex: "none" }}>
      <path d={PATHS[name]} fill="currentColor" fillRule="evenodd" />
    </svg>
  );
}
