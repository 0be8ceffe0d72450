import { useEffect, useRef, useState } from "react";

import { canChooseSpeaker } from "@/core/localMedia";
import { Button } from "@/ui/Button";
import { Notice } from "@/ui/Notice";

/**
 * The interviewer's voice, through the speaker that was chosen (null: the default one); asks for a
 * press where the browser wants one before any sound.
 */
export function Voice({
  stream,
  name,
  speakerId,
  onSpeakerFailed,
}: {
  stream: MediaStream | null;
  name: string;
  speakerId: string | null;
  onSpeakerFailed: () => void;
}) {
  const audio = useRef<HTMLAudioElement>(null);
  const [blocked, setBlocked] = useState(false);

  useEffect(() => {
    if (!audio.current || !canChooseSpeaker()) return;
    audio.current.setSinkId(speakerId ?? "").catch((error: unknown) => {
      // AbortError only says that a newer choice took its place.
      if (!(error instanceof DOMException && error.name === "AbortError")) onSpeakerFailed();
    });
  }, [speakerId, onSpeakerFailed]);

  useEffect(() => {
    const element = audio.current;
    if (!element) return;
    element.srcObject = stream;
    if (!stream) return;
    let current = true;
    element
      .play()
      .then(() => current && setBlocked(false))
      .catch((error: unknown) => {
        // AbortError only says that a newer stream took its place.
        if (current && error instanceof DOMException && error.name === "NotAllowedError") {
          setBlocked(true);
        }
      });
    return () => {
      current = false;
    };
  }, [stream]);

  return (
    <>
      {/* eslint-disable-next-line jsx-a11y/media-has-caption -- every word is captioned beside it */}
      <audio ref={audio} autoPlay />
      {blocked && (
        <Notice tone="warn" live="alert" title={`Your browser keeps ${name} silent`}>
          <div>
            <Button
              variant="primary"
              onClick={() => {
                void audio.current?.play().then(() => setBlocked(false));
              }}
            >
              Turn the sound on
            </Button>
          </div>
        </Notice>
      )}
    </>
  );
}
