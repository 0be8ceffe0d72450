import { useEffect, useRef, useState } from "react";

import type { CandidateInterview } from "@/api/types";
import { canSpeakHere } from "@/core/browserOutside";
import type { LocalMedia } from "@/core/localMedia";
import type { MediaProblem } from "@/core/mediaProblems";
import { playTestSound } from "@/core/testSound";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { SelectField } from "@/ui/Field";
import { Notice } from "@/ui/Notice";

import { Frame } from "../Frame";
import { useLevel } from "../hooks/useLevel";
import { useObservable } from "../hooks/useObservable";
import { SelfView } from "../room/SelfView";
import css from "./CheckScreen.module.css";
import { stepOf } from "./steps";

/** Nothing heard for this long is worth a word, ms. */
const SILENT_FOR = 5000;

/** The devices before the interview: what works is shown working, what does not is explained. */
export function CheckScreen({
  interview,
  media,
  onEnter,
}: {
  interview: CandidateInterview;
  media: LocalMedia;
  onEnter: (mode: "spoken" | "typed") => void;
}) {
  const { options, posting, interviewer, progress } = interview;
  const { status, microphone, microphoneProblem, cameraProblem } = useObservable(media.view);
  const speakable = canSpeakHere();

  useEffect(() => {
    const { status: now } = media.view.get();
    if (now === "off" || now === "closed") void media.open();
  }, [media]);

  return (
    <Frame
      company={posting.company}
      step={stepOf(interview, "check")}
      title={progress.started ? "Welcome back. Ready to go on?" : "Let's check that we hear you"}
      lead={
        status === "asking"
          ? `Your browser asks whether this page may use your microphone${options.video ? " and camera" : ""}. Please choose Allow.`
          : progress.started
            ? `${interviewer.name} kept your place. Say a few words to see the meter move.`
            : microphoneProblem
              ? "Your microphone is not there yet. Here is what helps:"
              : "Say a few words; the meter should move with your voice."
      }
    >
      {microphoneProblem && <Problem problem={microphoneProblem} onRetry={() => void media.open()} />}
      <div className={css.devices} data-video={options.video || undefined}>
        <SoundCard media={media} />
        {options.video && <CameraCard media={media} problem={cameraProblem} />}
      </div>
      <div className={css.actions}>
        <Button
          variant="primary"
          size="large"
          disabled={!microphone || !speakable}
          onClick={() => onEnter("spoken")}
        >
          {progress.started ? "Go on" : "Start the interview"}
        </Button>
        {options.typed_answers && (
          <Button size="large" onClick={() => onEnter("typed")}>
            Type instead
          </Button>
        )}
      </div>
      {options.typed_answers && (
        <p className={css.note}>
          Typing is fine: the same questions, the same review. You can also type single answers
          during a spoken interview.
        </p>
      )}
    </Frame>
  );
}

function Problem({ problem, onRetry }: { problem: MediaProblem; onRetry: () => void }) {
  return (
    <Notice tone="warn" live="alert" title={problem.title}>
      <ol className={css.steps}>
        {problem.steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <div>
        <Button size="small" onClick={onRetry}>
          Try again
        </Button>
      </div>
    </Notice>
  );
}

function SoundCard({ media }: { media: LocalMedia }) {
  const { status, microphone, microphones, microphoneProblem } = useObservable(media.view);
  // Another one helps if this one is busy or gone, not if none is allowed.
  const choice =
    microphone !== null || ["busy", "unplugged"].includes(microphoneProblem?.code ?? "");
  const [heard, setHeard] = useState(false);
  const [silent, setSilent] = useState(false);
  const quietSince = useRef<number | null>(null);

  const meter = useLevel(media.meter, ({ fullness, silent: nothing }) => {
    const now = performance.now();
    if (fullness > 0.25) setHeard(true);
    if (!nothing || !media.view.get().microphone) quietSince.current = now;
    quietSince.current ??= now;
    setSilent(now - quietSince.current > SILENT_FOR);
  });

  return (
    <Card as="section" aria-label="Sound" className={css.card}>
      <h2>Sound</h2>
      <div className={css.meter} ref={meter} aria-hidden="true">
        <span />
      </div>
      <p className={css.verdict} role="status">
        {!microphone
          ? status === "asking"
            ? "Waiting for your permission…"
            : "No microphone yet."
          : silent
            ? "We hear nothing. Is the microphone muted by a switch or key? Or choose another one."
            : heard
              ? "We hear you well."
              : "Listening for your voice…"}
      </p>
      {choice && microphones.length > 0 && (
        <SelectField
          label="Microphone"
          value={microphone?.getSettings().deviceId ?? ""}
          options={withCurrent(microphones, microphone)}
          onChange={(id) => void media.chooseMicrophone(id)}
        />
      )}
      <Speaker media={media} />
    </Card>
  );
}

/** Where the interviewer will be heard: a choice where the browser has one, and a sound to try. */
function Speaker({ media }: { media: LocalMedia }) {
  const { speakers, speakerId, lostSpeaker } = useObservable(media.view);
  return (
    <>
      {speakers.length > 0 && (
        <SelectField
          label="Speaker"
          value={speakerId ?? ""}
          options={[
            { value: "", label: "Default speaker" },
            ...speakers.map(({ id, label }) => ({ value: id, label })),
          ]}
          onChange={(id) => media.chooseSpeaker(id === "" ? null : id)}
        />
      )}
      {lostSpeaker !== null && (
        <Notice tone="warn" live="status">
          <p>{lostSpeaker} can't be used right now. Sound comes from the default speaker.</p>
        </Notice>
      )}
      <div>
        <Button onClick={() => void playTestSound(speakerId).catch(media.speakerFailed)}>
          Play a test sound
        </Button>
      </div>
      <p className={css.small}>
        Nothing to hear? Turn up the volume
        {speakers.length > 1 ? ", or choose another speaker." : ", or unplug headphones that you don't wear."}
      </p>
    </>
  );
}

function CameraCard({ media, problem }: { media: LocalMedia; problem: MediaProblem | null }) {
  const { camera, cameras, status } = useObservable(media.view);
  return (
    <Card as="section" aria-label="Camera" className={css.card}>
      <h2>Camera</h2>
      <div className={css.preview}>
        {camera ? (
          <SelfView camera={camera} />
        ) : (
          <p>{status === "asking" ? "Waiting for your permission…" : "No picture. That is fine."}</p>
        )}
      </div>
      {problem && status === "on" && (
        <div className={css.small}>
          <p>
            <strong>{problem.title}.</strong> {problem.steps[0]} You can also go on without it.
          </p>
        </div>
      )}
      {cameras.length > 0 && camera && (
        <SelectField
          label="Camera"
          value={camera.getSettings().deviceId ?? ""}
          options={withCurrent(cameras, camera)}
          onChange={(id) => void media.chooseCamera(id)}
        />
      )}
      <div className={css.buttons}>
        {camera ? (
          <Button onClick={() => media.turnCameraOff()}>Turn the camera off</Button>
        ) : (
          status === "on" && (
            <Button onClick={() => void media.chooseCamera(media.choice.cameraId ?? "default")}>
              Turn the camera on
            </Button>
          )
        )}
      </div>
    </Card>
  );
}

/** The choices, with the device in use among them even where the browser lists it otherwise. */
function withCurrent(devices: { id: string; label: string }[], track: MediaStreamTrack | null) {
  const options = devices.map(({ id, label }) => ({ value: id, label }));
  const current = track?.getSettings().deviceId ?? "";
  if (!track || options.some((option) => option.value === current)) return options;
  return [{ value: current, label: track.label || "In use now" }, ...options];
}
