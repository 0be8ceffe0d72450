/**
 * The player's clock and its controls, outside of React: it changes sixty times a second, and
 * only what shows a changed value should render. Works without a recording too, so that quotes
 * and answers still lead to their place in the transcript.
 */

import { afterSilence, type Span } from "../model/timeline";

export interface PlaybackState {
  /** Seconds on the interview's axis. */
  time: number;
  /** Length of the media, 0 until known. */
  duration: number;
  playing: boolean;
  /** Playing was asked for and data are awaited. */
  waiting: boolean;
  /** The recording could not be loaded or decoded. */
  failed: boolean;
  rate: number;
  skipSilences: boolean;
  volume: number;
  muted: boolean;
}

const INITIAL: PlaybackState = {
  time: 0,
  duration: 0,
  playing: false,
  waiting: false,
  failed: false,
  rate: 1,
  skipSilences: false,
  volume: 1,
  muted: false,
};

export const RATES = [1, 1.25, 1.5, 1.75, 2] as const;

/** What the player needs of an `HTMLMediaElement`. */
export type Media = Pick<
  HTMLMediaElement,
  | "currentTime"
  | "duration"
  | "paused"
  | "ended"
  | "readyState"
  | "playbackRate"
  | "volume"
  | "muted"
  | "play"
  | "pause"
  | "addEventListener"
  | "removeEventListener"
>;

const HAVE_METADATA = 1;

export class Playback {
  #state = INITIAL;
  #media: Media | null = null;
  #silences: readonly Span[] = [];
  #frame: number | null = null;
  readonly #listeners = new Set<() => void>();

  get state(): PlaybackState {
    return this.#state;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #set(change: Partial<PlaybackState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }

  /** Which silences to skip, in order. */
  setSilences(silences: readonly Span[]): void {
    this.#silences = silences;
  }

  /** Take over a media element; the position and the speed stay what they were. */
  attach(media: Media): () => void {
    this.#media = media;
    const events: Record<string, () => void> = {
      loadedmetadata: () => this.#loaded(),
      durationchange: () => this.#set({ duration: finite(media.duration) }),
      play: () => this.#started(),
      playing: () => this.#set({ waiting: false }),
      pause: () => this.#stopped(),
      ended: () => this.#stopped(),
      waiting: () => this.#set({ waiting: true }),
      timeupdate: () => this.#tick(),
      seeked: () => this.#tick(),
      error: () => this.#set({ failed: true, playing: false, waiting: false }),
    };
    for (const [name, listener] of Object.entries(events)) media.addEventListener(name, listener);
    if (media.readyState >= HAVE_METADATA) this.#loaded();
    return () => {
      for (const [name, listener] of Object.entries(events)) {
        media.removeEventListener(name, listener);
      }
      this.#stopped();
      this.#media = null;
    };
  }

  #loaded(): void {
    const media = this.#media;
    if (media === null) return;
    media.playbackRate = this.#state.rate;
    media.volume = this.#state.volume;
    media.muted = this.#state.muted;
    if (Math.abs(media.currentTime - this.#state.time) > 0.05) media.currentTime = this.#state.time;
    this.#set({ duration: finite(media.duration), failed: false });
  }

  #started(): void {
    this.#set({ playing: true, failed: false });
    const loop = () => {
      this.#tick();
      this.#frame = this.#state.playing ? requestAnimationFrame(loop) : null;
    };
    this.#frame ??= requestAnimationFrame(loop);
  }

  #stopped(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#frame = null;
    if (this.#state.playing || this.#state.waiting) this.#set({ playing: false, waiting: false });
  }

  #tick(): void {
    const media = this.#media;
    if (media === null || media.readyState < HAVE_METADATA) return;
    let time = media.currentTime;
    if (this.#state.playing && this.#state.skipSilences) {
      const after = afterSilence(this.#silences, time);
      if (after !== null) media.currentTime = time = after;
    }
    if (time !== this.#state.time) this.#set({ time });
  }

  readonly toggle = (): void => {
    if (this.#state.playing) this.pause();
    else this.play();
  };

  play(): void {
    // A refusal (no gesture yet, a source gone) shows as not playing; `error` says the rest.
    this.#media?.play().catch(() => this.#stopped());
  }

  pause(): void {
    this.#media?.pause();
  }

  /** Go to a second, clipped to what there is. */
  seek(time: number): void {
    const end = this.#state.duration > 0 ? this.#state.duration : Infinity;
    const target = Math.min(Math.max(0, time), end);
    if (this.#media !== null && this.#media.readyState >= HAVE_METADATA) {
      this.#media.currentTime = target;
    }
    this.#set({ time: target });
  }

  /** Go there and let it be heard. */
  playFrom(time: number): void {
    this.seek(time);
    this.play();
  }

  setRate(rate: number): void {
    if (this.#media !== null) this.#media.playbackRate = rate;
    this.#set({ rate });
  }

  setSkipSilences(skipSilences: boolean): void {
    this.#set({ skipSilences });
  }

  setVolume(volume: number): void {
    if (this.#media !== null) {
      this.#media.volume = volume;
      this.#media.muted = volume === 0;
    }
    this.#set({ volume, muted: volume === 0 });
  }

  setMuted(muted: boolean): void {
    if (this.#media !== null) this.#media.muted = muted;
    this.#set({ muted });
  }
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
