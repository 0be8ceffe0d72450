import { LevelMeter } from "./levelMeter";
import { explain, type MediaProblem } from "./mediaProblems";
import { Observable } from "./observable";

export interface DeviceChoice {
  microphoneId: string | null;
  cameraId: string | null;
  /** Null: the default one. */
  speakerId: string | null;
}

export interface Device {
  id: string;
  label: string;
}

export interface LocalMediaView {
  /** `failed`: asked for, and not even a microphone was to be had. */
  status: "off" | "asking" | "on" | "failed" | "closed";
  /** The tracks now in use; a track that ended is taken out. */
  microphone: MediaStreamTrack | null;
  camera: MediaStreamTrack | null;
  microphones: Device[];
  cameras: Device[];
  /** Where sound can be sent to beside the default; empty where the browser lets none choose. */
  speakers: Device[];
  /** Where the interviewer's voice goes; null: the default speaker. */
  speakerId: string | null;
  /** The chosen speaker is not there, and the default one has taken over: its name. */
  lostSpeaker: string | null;
  microphoneProblem: MediaProblem | null;
  cameraProblem: MediaProblem | null;
  muted: boolean;
}

const AUDIO: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  channelCount: 1,
};

const VIDEO: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 24, max: 30 },
  facingMode: "user",
};

const chosen = (base: MediaTrackConstraints, id: string | null): MediaTrackConstraints =>
  id === null ? base : { ...base, deviceId: { ideal: id } };

/** True where a page may choose the speaker (Audio Output Devices API): not yet everywhere. */
export function canChooseSpeaker(): boolean {
  return "HTMLMediaElement" in globalThis && "setSinkId" in HTMLMediaElement.prototype;
}

/** Names that stand for a device which is also listed as itself. */
const ALIASES = ["default", "communications"];

/**
 * The candidate's microphone, speaker and, if wanted, camera, through plugging, unplugging and
 * choosing.
 */
export class LocalMedia {
  readonly view: Observable<LocalMediaView>;
  readonly meter = new LevelMeter();
  readonly #wantsCamera: boolean;
  readonly #onChoice: (choice: DeviceChoice) => void;
  #choice: DeviceChoice;
  /** Of the chosen speaker, as long as it is known. */
  #speakerLabel = "The chosen speaker";
  /** Only the newest request for devices may have a say. */
  #request = 0;

  /** `onChoice` hears of every device that the candidate chooses, to remember it. */
  constructor(
    wantsCamera: boolean,
    choice: DeviceChoice,
    onChoice: (choice: DeviceChoice) => void = () => undefined,
  ) {
    this.#wantsCamera = wantsCamera;
    this.#onChoice = onChoice;
    this.#choice = choice;
    this.view = new Observable<LocalMediaView>({
      status: "off",
      microphone: null,
      camera: null,
      microphones: [],
      cameras: [],
      speakers: [],
      speakerId: null,
      lostSpeaker: null,
      microphoneProblem: null,
      cameraProblem: null,
      muted: false,
    });
  }

  get choice(): DeviceChoice {
    return this.#choice;
  }

  /** Ask for the devices. Never throws: what is wrong stands in the view. */
  async open(): Promise<void> {
    const impossible = this.#impossible();
    if (impossible) {
      this.#update({ status: "failed", microphoneProblem: impossible });
      return;
    }
    const request = ++this.#request;
    this.#update({ status: "asking", microphoneProblem: null, cameraProblem: null });
    const devices = navigator.mediaDevices;
    const audio = chosen(AUDIO, this.#choice.microphoneId);
    const video = chosen(VIDEO, this.#choice.cameraId);
    const found: MediaStreamTrack[] = [];
    let microphoneProblem: MediaProblem | null = null;
    let cameraProblem: MediaProblem | null = null;
    try {
      // Both at once: people are asked once.
      const both = this.#wantsCamera ? { audio, video } : { audio };
      found.push(...(await devices.getUserMedia(both)).getTracks());
    } catch (error) {
      if (this.#wantsCamera) {
        // The camera may be what failed; an interview needs only the microphone.
        const sound = await this.#one({ audio });
        if (sound instanceof MediaStreamTrack) {
          found.push(sound);
          cameraProblem = this.#explain("camera", error);
        } else {
          microphoneProblem = this.#explain("microphone", sound);
        }
      } else {
        microphoneProblem = this.#explain("microphone", error);
      }
    }
    if (request !== this.#request) {
      for (const track of found) track.stop();
      return;
    }
    this.#take(found);
    this.#update({ status: found.length > 0 ? "on" : "failed", microphoneProblem, cameraProblem });
    await this.#list();
    devices.ondevicechange = () => void this.#list();
  }

  async chooseMicrophone(id: string): Promise<void> {
    this.#choose({ microphoneId: id });
    const track = await this.#one({ audio: chosen(AUDIO, id) });
    if (track instanceof MediaStreamTrack) {
      this.#take([track]);
      this.#update({ status: "on", microphoneProblem: null });
    } else {
      this.#update({ microphoneProblem: this.#explain("microphone", track) });
    }
  }

  async chooseCamera(id: string): Promise<void> {
    this.#choose({ cameraId: id });
    const track = await this.#one({ video: chosen(VIDEO, id) });
    if (track instanceof MediaStreamTrack) {
      this.#take([track]);
      this.#update({ cameraProblem: null });
    } else {
      this.#update({ cameraProblem: this.#explain("camera", track) });
    }
  }

  /** Null: the default speaker. */
  chooseSpeaker(id: string | null): void {
    this.#choose({ speakerId: id });
    this.#findSpeaker(this.view.get().speakers, true);
  }

  /** The browser would not play through the speaker now in use: the default one takes over. */
  readonly speakerFailed = (): void => {
    if (this.view.get().speakerId === null) return;
    this.#update({ speakerId: null, lostSpeaker: this.#speakerLabel });
  };

  turnCameraOff(): void {
    const { camera } = this.view.get();
    if (camera) {
      camera.onended = null;
      camera.stop();
    }
    this.#update({ camera: null, cameraProblem: null });
  }

  /** Mute sends silence; the line and the camera's own recording both get it. */
  mute(muted: boolean): void {
    const { microphone } = this.view.get();
    if (microphone) microphone.enabled = !muted;
    this.#update({ muted });
  }

  /** Let go of all devices: the browser's recording light goes out. */
  close(): void {
    this.#request += 1;
    if ("mediaDevices" in navigator) navigator.mediaDevices.ondevicechange = null;
    const { microphone, camera } = this.view.get();
    for (const track of [microphone, camera]) {
      if (!track) continue;
      track.onended = null;
      track.stop();
    }
    this.meter.watch(null);
    this.#update({ status: "closed", microphone: null, camera: null });
  }

  #choose(change: Partial<DeviceChoice>): void {
    this.#choice = { ...this.#choice, ...change };
    this.#onChoice(this.#choice);
  }

  /**
   * The chosen speaker while it is there; it is used again when it comes back. Only a browser that
   * lists any (`listed`) can say that one is gone.
   */
  #findSpeaker(speakers: Device[], listed: boolean): void {
    const wanted = this.#choice.speakerId;
    const found = speakers.find(({ id }) => id === wanted);
    if (found) this.#speakerLabel = found.label;
    this.#update({
      speakers,
      speakerId: found?.id ?? null,
      lostSpeaker: listed && wanted !== null && !found ? this.#speakerLabel : null,
    });
  }

  #update(change: Partial<LocalMediaView>): void {
    this.view.set({ ...this.view.get(), ...change });
  }

  #explain(device: "microphone" | "camera", error: unknown): MediaProblem {
    return explain(device, error, navigator.userAgent);
  }

  #impossible(): MediaProblem | null {
    if ("mediaDevices" in navigator) return null;
    return this.#explain("microphone", window.isSecureContext ? "unsupported" : "insecure");
  }

  /** One track, or the error. */
  async #one(constraints: MediaStreamConstraints): Promise<unknown> {
    try {
      return (await navigator.mediaDevices.getUserMedia(constraints)).getTracks()[0];
    } catch (error) {
      return error;
    }
  }

  #take(tracks: MediaStreamTrack[]): void {
    for (const track of tracks) {
      const kind = track.kind === "audio" ? "microphone" : "camera";
      const former = this.view.get()[kind];
      if (former && former !== track) {
        former.onended = null;
        former.stop();
      }
      track.onended = () => this.#gone(kind);
      if (kind === "microphone") {
        track.enabled = !this.view.get().muted;
        this.meter.watch(track);
      }
      this.#update({ [kind]: track });
    }
  }

  #gone(kind: "microphone" | "camera"): void {
    const problem = this.#explain(kind, "unplugged");
    if (kind === "camera") {
      this.#update({ camera: null, cameraProblem: problem });
      return;
    }
    this.meter.watch(null);
    this.#update({ microphone: null, microphoneProblem: problem });
    // Another microphone, the laptop's own as a rule, often takes over where a headset left.
    void this.chooseMicrophone("default");
  }

  async #list(): Promise<void> {
    const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    const of = (kind: MediaDeviceKind, name: string): Device[] =>
      all
        .filter((device) => device.kind === kind && device.deviceId !== "")
        .map((device, at) => ({ id: device.deviceId, label: device.label || `${name} ${at + 1}` }));
    this.#update({
      microphones: of("audioinput", "Microphone"),
      cameras: of("videoinput", "Camera"),
    });
    const speakers = canChooseSpeaker() ? of("audiooutput", "Speaker") : [];
    const named = speakers.filter(({ id }) => !ALIASES.includes(id));
    this.#findSpeaker(named, speakers.length > 0);
  }
}
