import { useEffect, useState } from "react";

import { type DeviceChoice, LocalMedia } from "@/core/localMedia";

/** The candidate's devices, let go of when the page is left. Nothing is asked for yet. */
export function useLocalMedia(wantsCamera: boolean, choice: DeviceChoice): LocalMedia {
  const [media] = useState(() => new LocalMedia(wantsCamera, choice));
  useEffect(() => () => media.close(), [media]);
  return media;
}
