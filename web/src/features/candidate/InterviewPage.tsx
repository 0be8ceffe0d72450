import { useCallback, useEffect, useState } from "react";

import type { CandidateInterview } from "@/api/types";
import { recall, remember } from "@/core/memory";
import { Loading } from "@/ui/Loading";

import { getInterview } from "./api/interviews";
import { ErrorPage } from "./ErrorPage";
import { useCamera } from "./hooks/useCamera";
import { useLoaded } from "./hooks/useLoaded";
import { useLocalMedia } from "./hooks/useLocalMedia";
import { useObservable } from "./hooks/useObservable";
import { type Ending, RoomScreen } from "./room/RoomScreen";
import { CheckScreen } from "./screens/CheckScreen";
import { EndScreen } from "./screens/EndScreen";
import { ResumeScreen } from "./screens/ResumeScreen";
import { ResumeWaitScreen } from "./screens/ResumeWaitScreen";
import { WelcomeScreen } from "./screens/WelcomeScreen";

/** One candidate's way through their interview; which screen it is follows from the service. */
export function InterviewPage({ interviewId }: { interviewId: string }) {
  const load = useCallback((signal: AbortSignal) => getInterview(interviewId, signal), [interviewId]);
  const [loaded, reload] = useLoaded(load);

  if (loaded.status === "loading") return <Loading label="Opening your interview" />;
  if (loaded.status === "failed") {
    return <ErrorPage error={loaded.error} what="interview" onRetry={() => void reload()} />;
  }
  return <Interview interview={loaded.data} onChange={reload} />;
}

function Interview({
  interview,
  onChange,
}: {
  interview: CandidateInterview;
  onChange: () => Promise<void>;
}) {
  const id = interview.interview_id;
  const [remembered] = useState(() => recall(id));
  const [mode, setMode] = useState(remembered.mode);
  const [joined, setJoined] = useState(remembered.joined);
  const [ending, setEnding] = useState<Ending | null>(null);
  const over = ending !== null || interview.progress.ended || interview.current_step === null;

  const media = useLocalMedia(interview.options.video, remembered.devices, (devices) =>
    remember(id, { devices }),
  );
  const { status, microphone } = useObservable(media.view);
  const [camera, setInterviewClock] = useCamera(id, interview.consent.given);

  // Back after a reload: the devices are asked for again without another screen.
  const [returning] = useState(remembered.joined && remembered.mode === "spoken" && !over);
  useEffect(() => {
    if (returning) void media.open();
  }, [returning, media]);

  useEffect(() => {
    if (over) media.close();
  }, [over, media]);

  const enter = (chosen: "spoken" | "typed") => {
    if (chosen === "typed") media.close();
    remember(id, { joined: true, mode: chosen });
    setMode(chosen);
    setJoined(true);
  };

  const speak = () => {
    remember(id, { joined: false, mode: "spoken" });
    setMode("spoken");
    setJoined(false);
  };

  const leave = (how: Ending) => {
    remember(id, { joined: false, draft: "" });
    setEnding(how);
  };

  if (over) return <EndScreen interview={interview} ending={ending} camera={camera} />;
  if (!interview.consent.given) return <WelcomeScreen interview={interview} onDone={onChange} />;
  if (interview.current_step === "resume") {
    const resume = interview.steps.find((step) => step.type === "resume");
    if (resume?.status === "in_progress") {
      return <ResumeWaitScreen interview={interview} onChange={onChange} />;
    }
    return <ResumeScreen interview={interview} onDone={onChange} />;
  }
  const ready = mode === "typed" || microphone !== null;
  if (joined && !ready && (status === "off" || status === "asking")) {
    return <Loading label="Bringing you back to your interview" />;
  }
  if (!joined || (!ready && status === "failed")) {
    return <CheckScreen interview={interview} media={media} onEnter={enter} />;
  }
  return (
    <RoomScreen
      interview={interview}
      media={mode === "spoken" ? media : null}
      camera={camera}
      onClock={setInterviewClock}
      onSpeak={speak}
      onEnd={leave}
      onChange={onChange}
    />
  );
}
