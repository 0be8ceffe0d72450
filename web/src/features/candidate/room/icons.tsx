/** Line icons, drawn on a 24 grid; always beside a word, so hidden from screen readers. */
const paths = {
  mute: "M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3ZM6 11a6 6 0 0 0 12 0M12 17v4",
  unmute:
    "M9 9v2a3 3 0 0 0 4.5 2.6M15 11V6a3 3 0 0 0-5.9-.7M6 11a6 6 0 0 0 9.6 4.8M18 11a6 6 0 0 1-.4 2.1M12 17v4M4 4l16 16",
  pause: "M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z",
  repeat: "M4 12a8 8 0 1 0 2.6-5.9M4 4v4.5h4.5",
  skip: "M6 6l8 6-8 6ZM18 6v12",
  type: "M4 7h16v10H4ZM7 10h.01M10 10h.01M13 10h.01M16 10h.01M8 14h8",
  leave: "M10 5H6v14h4M14 8l4 4-4 4M18 12h-8",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      viewBox="0 0 24 24"
      width="24"
      height="24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}
