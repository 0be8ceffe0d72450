/** Why a microphone or camera can't be used. */
export type MediaProblemCode =
  | "insecure"
  | "unsupported"
  | "denied"
  | "missing"
  | "busy"
  | "unplugged"
  | "unknown";

export interface MediaProblem {
  device: "microphone" | "camera";
  code: MediaProblemCode;
  title: string;
  /** What to do, in order, in words for people. */
  steps: string[];
}

/** Names of the errors that `getUserMedia` throws (Media Capture and Streams, 10.2). */
const CODES: Record<string, MediaProblemCode> = {
  NotAllowedError: "denied",
  PermissionDeniedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  DevicesNotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  TrackStartError: "busy",
  AbortError: "busy",
  NotSupportedError: "unsupported",
};

function allowSteps(device: string, userAgent: string): string[] {
  const again = "Then choose Try again.";
  if (/iPhone|iPad/.test(userAgent)) {
    return [
      "Tap the page icon left of the address, then Website Settings.",
      `Set ${device === "camera" ? "Camera" : "Microphone"} to Allow.`,
      again,
    ];
  }
  if (userAgent.includes('Firefox')) {
    return [`Click the crossed-out ${device} in the address bar and remove the block.`, again];
  }
  if (userAgent.includes('Safari') && !/Chrom|Android/.test(userAgent)) {
    return [`In the Safari menu choose Settings for This Website, ${device}: Allow.`, again];
  }
  return [`Click the icon left of the address and allow the ${device} for this page.`, again];
}

/** What to say about an error of `getUserMedia`, or a code of our own. */
export function explain(
  device: "microphone" | "camera",
  error: unknown,
  userAgent: string,
): MediaProblem {
  const name =
    typeof error === "object" && error !== null && "name" in error ? String(error.name) : "";
  const code = typeof error === "string" ? (error as MediaProblemCode) : (CODES[name] ?? "unknown");
  const texts: Record<MediaProblemCode, [title: string, steps: string[]]> = {
    insecure: [
      `This address may not use the ${device}`,
      ["Browsers allow it only on addresses that begin with https://.", "Ask for such a link."],
    ],
    unsupported: [
      `This browser can't use the ${device} here`,
      [
        "Open the link in Chrome, Edge, Firefox or Safari.",
        "If you came from inside another app, choose Open in browser there.",
      ],
    ],
    denied: [`The ${device} isn't allowed for this page`, allowSteps(device, userAgent)],
    missing: [
      `No ${device} was found`,
      [`Plug in or switch on a ${device}, or a headset that has one.`, "Then choose Try again."],
    ],
    busy: [
      `The ${device} is taken by another program`,
      [
        "Close other calls and programs that might use it, also other tabs.",
        "Then choose Try again.",
      ],
    ],
    unplugged: [
      `The ${device} went away`,
      ["Plug it in again or switch it on.", "Then choose Try again."],
    ],
    unknown: [
      `The ${device} could not be started`,
      ["Choose Try again.", "If that does not help, close the browser and open the link again."],
    ],
  };
  const [title, steps] = texts[code];
  return { device, code, title, steps };
}
