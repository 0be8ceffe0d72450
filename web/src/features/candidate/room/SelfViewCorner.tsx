import { useState } from "react";

import type { LocalMedia } from "@/core/localMedia";
import { recall, remember } from "@/core/memory";
import { Button } from "@/ui/Button";

import { useObservable } from "../hooks/useObservable";
import css from "./SelfViewCorner.module.css";
import { SelfView } from "./SelfView";

/** The small picture of oneself, which can be put away; the recording is not changed by that. */
export function SelfViewCorner({ interviewId, media }: { interviewId: string; media: LocalMedia }) {
  const { camera } = useObservable(media.view);
  const [shown, setShown] = useState(() => recall(interviewId).selfView);
  if (!camera) return null;

  const toggle = () => {
    setShown(!shown);
    remember(interviewId, { selfView: !shown });
  };

  return (
    <div className={css.self}>
      {shown && (
        <div className={css.picture}>
          <SelfView camera={camera} />
        </div>
      )}
      <Button variant="quiet" size="small" onClick={toggle}>
        {shown ? "Hide" : "Show"}
        <span className={shown ? "visually-hidden" : undefined}> my picture</span>
      </Button>
    </div>
  );
}
