import { createContext, useContext, useSyncExternalStore } from "react";

import type { Playback, PlaybackState } from "./playback";

export const PlaybackContext = createContext<Playback | null>(null);

export function usePlayer(): Playback {
  const playback = useContext(PlaybackContext);
  if (playback === null) throw new Error("usePlayer outside of an interview");
  return playback;
}

/** A value of the player's state; renders only when that value changes, so select a primitive. */
export function usePlayback<T extends string | number | boolean>(
  select: (state: PlaybackState) => T,
): T {
  const playback = usePlayer();
  return useSyncExternalStore(playback.subscribe, () => select(playback.state));
}
