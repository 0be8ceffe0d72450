import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { type DeviceChoice, LocalMedia } from "./localMedia";

/** A machine whose devices come and go. */
class FakeDevices extends EventTarget {
  ondevicechange: (() => void) | null = null;
  plugged: [MediaDeviceKind, string, string][] = [
    ["audioinput", "mic", "Microphone"],
    ["audiooutput", "default", "Default - Speakers"],
    ["audiooutput", "desk", "Speakers"],
    ["audiooutput", "head", "Headset"],
  ];

  enumerateDevices = () =>
    Promise.resolve(this.plugged.map(([kind, deviceId, label]) => ({ kind, deviceId, label })));

  getUserMedia = () => Promise.reject(new DOMException("", "NotFoundError"));

  async unplug(id: string) {
    this.plugged = this.plugged.filter(([, one]) => one !== id);
    this.ondevicechange?.();
    await Promise.resolve();
  }
}

const NONE: DeviceChoice = { microphoneId: null, cameraId: null, speakerId: null };

describe("the speaker", () => {
  let devices: FakeDevices;
  beforeEach(() => {
    devices = new FakeDevices();
    vi.stubGlobal("navigator", { mediaDevices: devices, userAgent: "" });
    vi.stubGlobal("HTMLMediaElement", { prototype: { setSinkId: () => undefined } });
    vi.stubGlobal("MediaStreamTrack", EventTarget);
  });
  afterEach(() => vi.unstubAllGlobals());

  const opened = async (choice = NONE, onChoice?: (choice: DeviceChoice) => void) => {
    const media = new LocalMedia(false, choice, onChoice);
    await media.open();
    return media;
  };

  it("is chosen among those with a name of their own, and remembered", async () => {
    const heard: DeviceChoice[] = [];
    const media = await opened(NONE, (choice) => heard.push(choice));
    expect(media.view.get().speakers.map(({ label }) => label)).toEqual(["Speakers", "Headset"]);
    expect(media.view.get().speakerId).toBeNull();
    media.chooseSpeaker("head");
    expect(media.view.get().speakerId).toBe("head");
    expect(heard).toEqual([{ ...NONE, speakerId: "head" }]);
  });

  it("is found again after a reload", async () => {
    const media = await opened({ ...NONE, speakerId: "head" });
    expect(media.view.get()).toMatchObject({ speakerId: "head", lostSpeaker: null });
  });

  it("gives way to the default when it goes, says so, and takes over when it comes back", async () => {
    const media = await opened({ ...NONE, speakerId: "head" });
    await devices.unplug("head");
    await vi.waitFor(() => expect(media.view.get().lostSpeaker).toBe("Headset"));
    expect(media.view.get().speakerId).toBeNull();
    devices.plugged.push(["audiooutput", "head", "Headset"]);
    devices.ondevicechange?.();
    await vi.waitFor(() => expect(media.view.get().speakerId).toBe("head"));
    expect(media.view.get().lostSpeaker).toBeNull();
  });

  it("is the default without a word once that was chosen instead", async () => {
    const media = await opened({ ...NONE, speakerId: "gone" });
    expect(media.view.get().lostSpeaker).toBe("The chosen speaker");
    media.chooseSpeaker(null);
    expect(media.view.get()).toMatchObject({ speakerId: null, lostSpeaker: null });
  });

  it("gives way when the browser refuses to play through it", async () => {
    const media = await opened({ ...NONE, speakerId: "desk" });
    media.speakerFailed();
    expect(media.view.get()).toMatchObject({ speakerId: null, lostSpeaker: "Speakers" });
  });

  it("is not called lost by a browser that tells of no speakers", async () => {
    devices.plugged = [];
    const media = await opened({ ...NONE, speakerId: "head" });
    expect(media.view.get()).toMatchObject({ speakers: [], speakerId: null, lostSpeaker: null });
  });

  it("can't be chosen where the browser has no such thing", async () => {
    vi.stubGlobal("HTMLMediaElement", { prototype: {} });
    const media = await opened();
    expect(media.view.get().speakers).toEqual([]);
  });
});
