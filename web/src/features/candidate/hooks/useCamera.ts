import { useCallback, useEffect, useRef, useState } from "react";

import { Camera } from "@/core/camera";

/**
 * The camera's upload, from consent on: also what an earlier visit left unsent goes out. The
 * second value tells it the interview's clock once there is one.
 */
export function useCamera(
  interviewId: string,
  consented: boolean,
): [Camera | null, (clock: () => number | null) => void] {
  const [camera, setCamera] = useState<Camera | null>(null);
  const clock = useRef<() => number | null>(() => null);

  useEffect(() => {
    if (!consented) return;
    let opened: Camera | null = null;
    let left = false;
    void Camera.open(interviewId, () => clock.current()).then((one) => {
      if (left) {
        void one.close();
        return;
      }
      opened = one;
      setCamera(one);
    });
    return () => {
      left = true;
      setCamera(null);
      void opened?.close();
    };
  }, [interviewId, consented]);

  const setClock = useCallback((read: () => number | null) => {
    clock.current = read;
  }, []);
  return [camera, setClock];
}
