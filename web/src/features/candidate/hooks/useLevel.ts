import { type RefObject, useEffect, useRef } from "react";

import type { LevelMeter } from "@/core/levelMeter";

/**
 * Writes the microphone's level, 0..1, into the CSS variable `--level` of the element: thirty
 * times a second without rendering anything. `onRead` hears the same reading.
 */
export function useLevel(
  meter: LevelMeter | null,
  onRead?: (reading: { fullness: number; silent: boolean }) => void,
): RefObject<HTMLDivElement | null> {
  const element = useRef<HTMLDivElement>(null);
  const listener = useRef(onRead);
  useEffect(() => {
    listener.current = onRead;
  });

  useEffect(() => {
    if (!meter) return;
    let shown = 0;
    const timer = setInterval(() => {
      const reading = meter.read();
      // Up at once, down slowly, as meters do.
      shown = Math.max(reading.fullness, shown * 0.85);
      element.current?.style.setProperty("--level", shown.toFixed(3));
      listener.current?.(reading);
    }, 33);
    return () => clearInterval(timer);
  }, [meter]);

  return element;
}
