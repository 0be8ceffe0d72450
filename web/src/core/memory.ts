import type { DeviceChoice } from "./localMedia";

/** What a page remembers of one interview over a reload; gone with the tab. */
export interface Remembered {
  /** The candidate has been in the room, so a reload leads straight back there. */
  joined: boolean;
  mode: "spoken" | "typed";
  /** The next connection is meant to take the interview over from another window. */
  takeover: boolean;
  devices: DeviceChoice;
  selfView: boolean;
  shortcuts: boolean;
  /** A typed answer that was not sent yet. */
  draft: string;
}

const initial: Remembered = {
  joined: false,
  mode: "spoken",
  takeover: false,
  devices: { microphoneId: null, cameraId: null, speakerId: null },
  selfView: true,
  shortcuts: true,
  draft: "",
};

const key = (interviewId: string) => `interview:${interviewId}`;

/** Never throws: without storage the page merely forgets. */
export function recall(interviewId: string): Remembered {
  try {
    const stored = sessionStorage.getItem(key(interviewId));
    const { devices, ...rest } = JSON.parse(stored ?? "{}") as Partial<Remembered>;
    return { ...initial, ...rest, devices: { ...initial.devices, ...devices } };
  } catch {
    return initial;
  }
}

export function remember(interviewId: string, change: Partial<Remembered>): void {
  try {
    const all = { ...recall(interviewId), ...change };
    sessionStorage.setItem(key(interviewId), JSON.stringify(all));
  } catch {
    // Storage is full or forbidden; nothing here is worth more than a reload's comfort.
  }
}
