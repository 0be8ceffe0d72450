import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Playback } from "./playback";

/** A media element whose clock the test turns. */
class FakeMedia extends EventTarget {
  currentTime = 0;
  duration = 100;
  paused = true;
  ended = false;
  readyState = 4;
  playbackRate = 1;
  volume = 1;
  muted = false;

  play(): Promise<void> {
    this.paused = false;
    this.dispatchEvent(new Event("play"));
    return Promise.resolve();
  }

  pause() {
    this.paused = true;
    this.dispatchEvent(new Event("pause"));
  }

  /** Time goes by, and the element says so. */
  to(seconds: number) {
    this.currentTime = seconds;
    this.dispatchEvent(new Event("timeupdate"));
  }
}

describe("the player", () => {
  let media: FakeMedia;
  let playback: Playback;
  beforeEach(() => {
    vi.stubGlobal("requestAnimationFrame", () => 1);
    vi.stubGlobal("cancelAnimationFrame", () => undefined);
    media = new FakeMedia();
    playback = new Playback();
    playback.attach(media);
  });
  afterEach(() => vi.unstubAllGlobals());

  it("tells its listeners the time, and stops when they leave", () => {
    const heard: number[] = [];
    const leave = playback.subscribe(() => heard.push(playback.state.time));
    media.to(3);
    leave();
    media.to(4);
    expect(heard).toEqual([3]);
    expect(playback.state.time).toBe(4);
  });

  it("plays and pauses", () => {
    playback.toggle();
    expect(playback.state.playing).toBe(true);
    playback.toggle();
    expect(playback.state.playing).toBe(false);
    expect(media.paused).toBe(true);
  });

  it("keeps seeks within the recording", () => {
    playback.seek(500);
    expect(media.currentTime).toBe(100);
    playback.seek(-5);
    expect(playback.state.time).toBe(0);
  });

  it("skips silences only while playing, and only when asked to", () => {
    playback.setSilences([{ start: 10, end: 20 }]);
    media.to(12);
    expect(media.currentTime).toBe(12);
    playback.setSkipSilences(true);
    media.to(12.1);
    expect(media.currentTime).toBe(12.1);
    playback.play();
    media.to(12.2);
    expect(media.currentTime).toBeCloseTo(19.65);
    expect(playback.state.time).toBeCloseTo(19.65);
  });

  it("goes on at the same second and speed with a new address", () => {
    playback.setRate(1.5);
    media.to(42);
    media.currentTime = 0;
    media.playbackRate = 1;
    media.dispatchEvent(new Event("loadedmetadata"));
    expect(media.currentTime).toBe(42);
    expect(media.playbackRate).toBe(1.5);
  });

  it("says that a recording failed, and that it came back", () => {
    media.dispatchEvent(new Event("error"));
    expect(playback.state.failed).toBe(true);
    media.dispatchEvent(new Event("loadedmetadata"));
    expect(playback.state.failed).toBe(false);
  });

  it("shows as paused when the browser refuses to play", async () => {
    media.play = () => Promise.reject(new Error("NotAllowedError"));
    playback.play();
    await Promise.resolve();
    await Promise.resolve();
    expect(playback.state.playing).toBe(false);
  });

  it("leads through the transcript without a recording", () => {
    const alone = new Playback();
    alone.playFrom(17);
    expect(alone.state.time).toBe(17);
    expect(alone.state.playing).toBe(false);
  });

  it("mutes at volume zero and gives the sound back", () => {
    playback.setVolume(0);
    expect(media.muted).toBe(true);
    playback.setVolume(0.4);
    expect(media.muted).toBe(false);
    expect(playback.state.volume).toBe(0.4);
  });
});
