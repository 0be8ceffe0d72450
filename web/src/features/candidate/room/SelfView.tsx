import { useEffect, useRef } from "react";

import css from "./SelfView.module.css";

/** The candidate's own picture, mirrored as people know themselves, without sound. */
export function SelfView({ camera }: { camera: MediaStreamTrack }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    element.srcObject = new MediaStream([camera]);
    element.play().catch(() => undefined); // Muted video may always play; nothing else to do.
    return () => {
      element.srcObject = null;
    };
  }, [camera]);
  return <video ref={video} className={css.video} muted playsInline aria-label="Your own picture" />;
}
