import { useEffect, useRef, useState } from "react";

import { Button } from "@/ui/Button";
import { classes } from "@/ui/classes";
import { Notice } from "@/ui/Notice";

import { captionsOf } from "../model/captions";
import { clock } from "../model/time";
import type { Timeline as TimelineData } from "../model/timeline";
import { stepAnswer } from "../model/timeline";
import type { Evidence, TranscriptTurn, WebInterview } from "../model/types";
import { Icon } from "../ui/Icon";
import { RATES } from "./playback";
import css from "./Player.module.css";
import { Timeline } from "./Timeline";
import { usePlayback, usePlayer } from "./usePlayback";

/** The one track of captions that a video has here; tracks can be added but never removed. */
function captionTrack(video: HTMLVideoElement | null): TextTrack | null {
  if (video === null) return null;
  const text = video.textTracks[0] ?? video.addTextTrack("captions", "Captions");
  if (text.mode === "disabled") text.mode = "hidden";
  return text;
}

function Screen({
  src,
  video,
  turns,
  captionsOn,
}: {
  src: string;
  video: boolean;
  turns: readonly TranscriptTurn[];
  captionsOn: boolean;
}) {
  const playback = usePlayer();
  const element = useRef<HTMLVideoElement>(null);

  useEffect(() => {
    if (element.current !== null) return playback.attach(element.current);
    return undefined;
  }, [playback]);

  useEffect(() => {
    const text = captionTrack(element.current);
    if (text === null) return undefined;
    const cues = captionsOf(turns).map((line) => new VTTCue(line.start, line.end, line.text));
    for (const cue of cues) text.addCue(cue);
    return () => cues.forEach((cue) => text.removeCue(cue));
  }, [turns]);

  useEffect(() => {
    const text = captionTrack(element.current);
    if (text !== null) text.mode = captionsOn ? "showing" : "hidden";
  }, [captionsOn]);

  // A click on the picture plays, as everywhere; the button below is the keyboard's way.
  return (
    // The captions are made from the transcript, so their track is added by script.
    // eslint-disable-next-line jsx-a11y/media-has-caption
    <video
      ref={element}
      className={classes(css.video, !video && css.soundOnly)}
      src={src}
      preload="metadata"
      playsInline
      aria-label={video ? "Video of the interview" : "Recording of the interview"}
      onClick={playback.toggle}
    />
  );
}

function Clock({ duration }: { duration: number }) {
  const seconds = usePlayback((state) => Math.floor(state.time));
  return (
    <span className={css.clock}>
      {clock(seconds)} <span className={css.of}>/ {clock(duration)}</span>
    </span>
  );
}

function Transport({ timeline }: { timeline: TimelineData }) {
  const playback = usePlayer();
  const playing = usePlayback((state) => state.playing);
  const step = (direction: 1 | -1) => {
    const answer = stepAnswer(timeline.answers, playback.state.time, direction);
    if (answer !== null) playback.seek(answer.start);
  };
  return (
    <>
      <button type="button" className={css.round} onClick={() => step(-1)} title="Previous answer (←)">
        <Icon name="previous" />
        <span className="visually-hidden">Previous answer</span>
      </button>
      <button
        type="button"
        className={classes(css.round, css.play)}
        onClick={playback.toggle}
        title={playing ? "Pause (Space)" : "Play (Space)"}
      >
        <Icon name={playing ? "pause" : "play"} size={24} />
        <span className="visually-hidden">{playing ? "Pause" : "Play"}</span>
      </button>
      <button type="button" className={css.round} onClick={() => step(1)} title="Next answer (→)">
        <Icon name="next" />
        <span className="visually-hidden">Next answer</span>
      </button>
    </>
  );
}

function Volume() {
  const playback = usePlayer();
  const muted = usePlayback((state) => state.muted);
  const volume = usePlayback((state) => state.volume);
  return (
    <span className={css.volume}>
      <button
        type="button"
        className={css.round}
        aria-pressed={muted}
        title={muted ? "Sound on" : "Mute"}
        onClick={() => playback.setMuted(!muted)}
      >
        <Icon name={muted ? "muted" : "volume"} />
        <span className="visually-hidden">Mute</span>
      </button>
      <input
        type="range"
        aria-label="Volume"
        min={0}
        max={1}
        step={0.05}
        value={muted ? 0 : volume}
        onChange={(event) => playback.setVolume(Number(event.target.value))}
      />
    </span>
  );
}

function Options({
  captionsOn,
  onCaptions,
  onFullScreen,
}: {
  captionsOn: boolean;
  onCaptions: (on: boolean) => void;
  onFullScreen: (() => void) | null;
}) {
  const playback = usePlayer();
  const rate = usePlayback((state) => state.rate);
  const skip = usePlayback((state) => state.skipSilences);
  return (
    <>
      <label className={css.rate} title="Speed">
        <span className="visually-hidden">Speed</span>
        <select value={rate} onChange={(event) => playback.setRate(Number(event.target.value))}>
          {RATES.map((one) => (
            <option key={one} value={one}>
              {one}×
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        className={css.toggle}
        aria-pressed={skip}
        onClick={() => playback.setSkipSilences(!skip)}
      >
        Skip silences
      </button>
      {onFullScreen !== null && (
        <>
          <button
            type="button"
            className={css.toggle}
            aria-pressed={captionsOn}
            title="Captions"
            onClick={() => onCaptions(!captionsOn)}
          >
            CC<span className="visually-hidden">, captions</span>
          </button>
          <button type="button" className={css.round} onClick={onFullScreen} title="Full screen">
            <Icon name="full" />
            <span className="visually-hidden">Full screen</span>
          </button>
        </>
      )}
    </>
  );
}

/** Said instead of, or above, a picture that there isn't. */
function MediaNote({ web }: { web: WebInterview }) {
  if (web.video_recording_url !== null) return null;
  if (web.audio_recording_url === null) {
    return (
      <Notice tone="warn" title="No recording">
        <p>{web.media?.note ?? "Neither picture nor sound was kept. The transcript is complete."}</p>
      </Notice>
    );
  }
  return (
    <p className={css.note}>
      Sound only. {web.media?.note ?? "There is no picture of this interview."}
    </p>
  );
}

/**
 * The recording with its time line. The address of the recording is signed and runs out; `renew`
 * fetches a fresh one, and playing goes on at the same second.
 */
export function Player({
  web,
  timeline,
  quotes,
  renew,
}: {
  web: WebInterview;
  timeline: TimelineData;
  quotes: readonly Evidence[];
  renew: () => Promise<WebInterview | null>;
}) {
  const frame = useRef<HTMLDivElement>(null);
  // Pinned: every fetch of the data signs anew, and a changed address would restart the player.
  const [source, setSource] = useState({
    url: web.video_recording_url ?? web.audio_recording_url,
    round: 0,
  });
  const [captionsOn, setCaptionsOn] = useState(false);
  const [renewing, setRenewing] = useState(false);
  const failed = usePlayback((state) => state.failed);
  const video = web.video_recording_url !== null;

  const fresh = async () => {
    setRenewing(true);
    const next = await renew().catch(() => null);
    const url = next?.video_recording_url ?? next?.audio_recording_url ?? null;
    if (url !== null) setSource({ url, round: source.round + 1 });
    setRenewing(false);
  };
  const fullScreen = () => {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void frame.current?.requestFullscreen();
  };

  return (
    <div className={css.player} ref={frame}>
      <MediaNote web={web} />
      {source.url !== null && (
        <div className={classes(css.stage, !video && css.stageSound)}>
          <Screen
            key={source.round}
            src={source.url}
            video={video}
            turns={web.transcript}
            captionsOn={captionsOn}
          />
          {failed && (
            <div className={css.failed} role="alert">
              <p>The recording could not be loaded. Its address may have run out.</p>
              <Button size="small" busy={renewing} onClick={() => void fresh()}>
                Load it again
              </Button>
            </div>
          )}
        </div>
      )}
      <Timeline timeline={timeline} quotes={quotes} />
      {source.url !== null && (
        <div className={css.controls} role="group" aria-label="Player">
          <Transport timeline={timeline} />
          <Clock duration={timeline.duration} />
          <Volume />
          <span className={css.space} />
          <Options
            captionsOn={captionsOn}
            onCaptions={setCaptionsOn}
            onFullScreen={video ? fullScreen : null}
          />
        </div>
      )}
    </div>
  );
}
