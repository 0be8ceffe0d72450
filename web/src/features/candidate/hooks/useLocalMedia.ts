import { useEffect, useState } from "react";

import { type DeviceChoice, LocalMedia } from "@/core/localMedia";

/**
 * The candidate's devices, let go of when the page is left. Nothing is asked for yet.
 * `onChoice` is the one of the first rendering.
 */
export function useLocalMedia(
  wantsCamera: boolean,
  choice: DeviceChoice,
  onChoice: (choice: DeviceChoice) => void,
): LocalMedia {
  const [media] = useState(() => new LocalMedia(wantsCamera, choice, onChoice));
  useEffect(() => () => media.close(), [media]);
  return media;
}
