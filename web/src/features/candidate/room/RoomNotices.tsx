import type { ConnectionView } from "@/core/interviewConnection";
import type { LocalMedia } from "@/core/localMedia";
import { Button } from "@/ui/Button";
import { Notice } from "@/ui/Notice";

import { useObservable } from "../hooks/useObservable";

/** What the candidate should know right now: at most one thing, the weightiest. */
export function RoomNotices({
  view,
  media,
  muted,
  name,
  onRetrySound,
}: {
  view: ConnectionView;
  media: LocalMedia | null;
  muted: boolean;
  name: string;
  onRetrySound: () => void;
}) {
  const { link, failures, problem, soundBlocked, conversation } = view;

  if (link === "reconnecting") {
    return (
      <Notice tone="info" live="status" title="You're still here; reconnecting">
        <p>Your place is kept. There is nothing you need to do.</p>
      </Notice>
    );
  }
  if (link === "connecting" && failures > 0) {
    return (
      <Notice tone="info" live="status" title="This takes a little longer">
        <p>
          {problem === "at_capacity"
            ? "All interview rooms are taken at the moment. Stay on this page; you will be let in as soon as one is free."
            : "We are still trying to open the line. There is nothing you need to do."}
        </p>
      </Notice>
    );
  }
  if (soundBlocked) {
    return (
      <Notice tone="warn" live="status" title="Sound does not get through on this network">
        <p>You can go on by typing; the questions are the same.</p>
        {media && (
          <div>
            <Button size="small" onClick={onRetrySound}>
              Try the sound again
            </Button>
          </div>
        )}
      </Notice>
    );
  }
  return (
    <>
      {media && <DeviceNotice media={media} muted={muted} name={name} />}
      {conversation.notice && (
        <Notice tone="info" live="status">
          <p>{conversation.notice.message}</p>
        </Notice>
      )}
    </>
  );
}

function DeviceNotice({
  media,
  muted,
  name,
}: {
  media: LocalMedia;
  muted: boolean;
  name: string;
}) {
  const { microphone, microphoneProblem, lostSpeaker } = useObservable(media.view);
  if (!microphone && microphoneProblem) {
    return (
      <Notice tone="warn" live="status" title={microphoneProblem.title}>
        <p>{microphoneProblem.steps.join(" ")}</p>
        <div>
          <Button size="small" onClick={() => void media.open()}>
            Try again
          </Button>
        </div>
      </Notice>
    );
  }
  if (muted) {
    return (
      <Notice tone="warn" live="status">
        <p>You are muted; {name} can't hear you.</p>
      </Notice>
    );
  }
  if (lostSpeaker !== null) {
    return (
      <Notice tone="warn" live="status">
        <p>{lostSpeaker} can't be used right now. You hear {name} through the default speaker.</p>
        <div>
          <Button size="small" onClick={() => media.chooseSpeaker(null)}>
            All right
          </Button>
        </div>
      </Notice>
    );
  }
  return null;
}
