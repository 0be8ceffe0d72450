import { useEffect, useState } from "react";

import type { CandidateInterview } from "@/api/types";
import type { Camera } from "@/core/camera";
import { elapsedSeconds } from "@/core/conversation";
import type { LocalMedia } from "@/core/localMedia";
import { recall, remember } from "@/core/memory";
import { Observable } from "@/core/observable";
import { Button } from "@/ui/Button";
import { MessagePage } from "@/ui/MessagePage";

import { useConnection } from "../hooks/useConnection";
import { useObservable } from "../hooks/useObservable";
import { Room } from "./Room";

export interface Ending {
  reason: string;
  redirectUrl: string | null;
}

/** Stands in where there are no devices, so that hooks have something to watch. */
const NO_MEDIA = new Observable<{
  microphone: MediaStreamTrack | null;
  camera: MediaStreamTrack | null;
}>({ microphone: null, camera: null });

/** The interview itself: the line is held here, whatever stands on the screen. */
export function RoomScreen({
  interview,
  media,
  camera,
  onClock,
  onSpeak,
  onEnd,
  onChange,
}: {
  interview: CandidateInterview;
  /** Null: a typed interview. */
  media: LocalMedia | null;
  camera: Camera | null;
  /** Told how to read the interview's clock. */
  onClock: (read: () => number | null) => void;
  /** From a typed interview to a spoken one, by way of the check. */
  onSpeak: () => void;
  onEnd: (ending: Ending) => void;
  /** The service sees the interview otherwise than this page: look again. */
  onChange: () => Promise<void>;
}) {
  const id = interview.interview_id;
  const tracks = useObservable<{
    microphone: MediaStreamTrack | null;
    camera: MediaStreamTrack | null;
  }>(media ? media.view : NO_MEDIA);
  const [takeover] = useState(() => recall(id).takeover);
  const connection = useConnection(id, tracks.microphone, takeover);
  const view = useObservable(connection.view);
  const { link, conversation } = view;
  const { ended } = conversation;

  useEffect(() => {
    remember(id, { takeover: false });
    onClock(() => {
      const { link: now, conversation: talk } = connection.view.get();
      return elapsedSeconds(talk.clock, performance.now(), now === "live");
    });
  }, [id, connection, onClock]);

  // The picture is recorded from the first moment that has a place on the time axis.
  const running = conversation.clock !== null && ended === null && link !== "taken_over";
  useEffect(() => {
    if (running) void camera?.record(tracks.camera, tracks.microphone);
  }, [running, camera, tracks.camera, tracks.microphone]);

  useEffect(() => {
    if (!ended) return;
    void camera?.recorder.finish();
    onEnd({ reason: ended.reason, redirectUrl: ended.redirectUrl });
  }, [ended, camera, onEnd]);

  useEffect(() => {
    if (link !== "taken_over") return;
    media?.close();
    void camera?.close();
  }, [link, media, camera]);

  useEffect(() => {
    if ((link === "over" && !ended) || link === "refused") void onChange();
  }, [link, ended, onChange]);

  if (link === "elsewhere") {
    return <Elsewhere onContinue={() => connection.start(true)} />;
  }
  if (link === "taken_over") {
    return (
      <TakenOver
        onContinue={() => {
          remember(id, { takeover: true });
          window.location.reload();
        }}
      />
    );
  }
  if (link === "over" || link === "refused") return <Closed onRetry={() => connection.start()} />;
  return (
    <Room
      interview={interview}
      media={media}
      connection={connection}
      onSpeak={onSpeak}
      onLeft={() => onEnd({ reason: "candidate_left", redirectUrl: null })}
    />
  );
}

function Elsewhere({ onContinue }: { onContinue: () => void }) {
  return (
    <MessagePage
      title="Your interview is open in another window"
      actions={
        <Button variant="primary" size="large" onClick={onContinue}>
          Continue here
        </Button>
      }
    >
      <p>
        It can be held in one place at a time. Go back to that window, or continue here; your place
        is kept.
      </p>
    </MessagePage>
  );
}

function TakenOver({ onContinue }: { onContinue: () => void }) {
  return (
    <MessagePage
      title="Your interview goes on in another window"
      actions={
        <Button size="large" onClick={onContinue}>
          Continue here instead
        </Button>
      }
    >
      <p>You can close this one. Nothing was lost.</p>
    </MessagePage>
  );
}

function Closed({ onRetry }: { onRetry: () => void }) {
  return (
    <MessagePage
      title="This interview can't be entered right now"
      actions={<Button onClick={onRetry}>Try again</Button>}
    >
      <p>
        It may be over, or not open yet. What you said before is kept. If you did not expect this,
        please write to the people who invited you.
      </p>
    </MessagePage>
  );
}
