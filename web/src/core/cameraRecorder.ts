import type { CameraUploader } from "./cameraUploader";
import type { ChunkStore, StoredRecording } from "./chunkStore";

/**
 * Best first. H.264 is copied into the final MP4 as it is; Safari pairs it with AAC; VP8 is the
 * cheapest to encode where H.264 is not to be had.
 */
const TYPES = [
  "video/mp4;codecs=avc1.42E01E,opus",
  "video/mp4;codecs=avc1.42E01E,mp4a.40.2",
  "video/webm;codecs=vp8,opus",
  "video/webm",
  "video/mp4",
];

const CHUNK_MS = 2000;
const AUDIO_BITRATE = 64_000;
/** Video bits per second; each step is taken when the upload does not keep up. */
export const BITRATES = [1_200_000, 600_000, 300_000, 150_000] as const;
/** Chunks waiting at which the next lower step is taken: 12 s behind. */
const BACKLOG = 6;
/** Time for a step to show its effect, ms. */
const STEP_PATIENCE = 20_000;
/** Chunks waiting at which the camera gives up: some 20 min at the lowest step. */
const MAX_BACKLOG = 600;

/** With what the DOM's own types do not know yet (MediaStream Recording, 2.3). */
export interface RecorderOptions extends MediaRecorderOptions {
  videoKeyFrameIntervalDuration: number;
}

export interface RecorderOutside {
  createRecorder: (stream: MediaStream, options: RecorderOptions) => MediaRecorder;
  supports: (mimeType: string) => boolean;
  createStream: (tracks: MediaStreamTrack[]) => MediaStream;
  newId: () => string;
  now: () => number;
}

export const browserRecorderOutside: RecorderOutside = {
  createRecorder: (stream, options) => new MediaRecorder(stream, options),
  supports: (type) => "MediaRecorder" in globalThis && MediaRecorder.isTypeSupported(type),
  createStream: (tracks) => new MediaStream(tracks),
  // Not `randomUUID`: it is missing on plain-HTTP addresses.
  newId: () =>
    Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) =>
      byte.toString(16).padStart(2, "0"),
    ).join(""),
  now: () => Date.now(),
};

/** What this browser records best, or null if it can't record. */
export function bestType(supports: (type: string) => boolean): string | null {
  return TYPES.find(supports) ?? null;
}

/**
 * Records the candidate's camera and microphone in the page and hands the chunks on. Changes of
 * tracks or bitrate start another recording: a MediaRecorder can't change in mid-flight.
 * Whatever fails here, the interview goes on without a picture.
 */
export class CameraRecorder {
  readonly #interviewId: string;
  readonly #store: ChunkStore;
  readonly #uploader: CameraUploader;
  readonly #interviewSeconds: () => number | null;
  readonly #outside: RecorderOutside;
  #recorder: MediaRecorder | null = null;
  #tracks: MediaStreamTrack[] = [];
  #step = 0;
  #steppedAt = -Infinity;
  /** Chunks are stored one after another, whatever order the browser's database prefers. */
  #writes: Promise<void> = Promise.resolve();

  constructor(
    interviewId: string,
    store: ChunkStore,
    uploader: CameraUploader,
    interviewSeconds: () => number | null,
    outside: RecorderOutside = browserRecorderOutside,
  ) {
    this.#interviewId = interviewId;
    this.#store = store;
    this.#uploader = uploader;
    this.#interviewSeconds = interviewSeconds;
    this.#outside = outside;
  }

  /** Record these from now on. The same tracks again: nothing happens. */
  async record(camera: MediaStreamTrack | null, microphone: MediaStreamTrack | null): Promise<void> {
    const tracks = camera ? [camera, ...(microphone ? [microphone] : [])] : [];
    const same =
      tracks.length === this.#tracks.length && tracks.every((one, at) => one === this.#tracks[at]);
    if (same) return;
    await this.#stopRecorder();
    this.#tracks = tracks;
    if (tracks.length > 0) this.#begin();
  }

  /** The end: resolves when the last chunk is stored here, ready to be uploaded. */
  async finish(): Promise<void> {
    this.#tracks = [];
    await this.#stopRecorder();
  }

  #begin(): void {
    const mimeType = bestType(this.#outside.supports);
    if (mimeType === null) return;
    const recording: StoredRecording = {
      interviewId: this.#interviewId,
      cameraId: this.#outside.newId(),
      mimeType,
      startedAt: null,
      createdAt: this.#outside.now(),
      made: 0,
      confirmed: 0,
      finished: false,
    };
    try {
      const recorder = this.#outside.createRecorder(this.#outside.createStream(this.#tracks), {
        mimeType,
        videoBitsPerSecond: BITRATES[this.#step] ?? BITRATES[0],
        audioBitsPerSecond: AUDIO_BITRATE,
        // Chromium closes an MP4 fragment only at a key frame, by default every five seconds;
        // a little more often than chunks are taken, so that each has one.
        videoKeyFrameIntervalDuration: 0.75 * CHUNK_MS,
      });
      this.#attach(recorder, recording);
      recorder.start(CHUNK_MS);
      this.#recorder = recorder;
    } catch {
      this.#recorder = null;
    }
  }

  #attach(recorder: MediaRecorder, recording: StoredRecording): void {
    recorder.onstart = () => {
      recording.startedAt = this.#interviewSeconds();
      recording.mimeType = recorder.mimeType || recording.mimeType;
    };
    recorder.ondataavailable = ({ data }) => {
      if (data.size === 0) return;
      this.#writes = this.#writes.then(() => this.#keep(recording, data));
      if (recorder === this.#recorder) this.#mindBacklog();
    };
    recorder.onstop = () => {
      this.#writes = this.#writes.then(() => this.#seal(recording));
    };
  }

  async #keep(recording: StoredRecording, chunk: Blob): Promise<void> {
    try {
      await this.#store.put(recording.cameraId, recording.made, chunk);
      recording.made += 1;
      await this.#uploader.accept({ ...recording });
    } catch {
      // No room left: what is stored stays whole, and nothing more is recorded.
      this.#tracks = [];
      void this.#stopRecorder();
    }
  }

  async #seal(recording: StoredRecording): Promise<void> {
    recording.finished = true;
    if (recording.made > 0) await this.#uploader.accept({ ...recording }).catch(() => undefined);
  }

  #mindBacklog(): void {
    const { pending } = this.#uploader.view.get();
    if (pending >= MAX_BACKLOG) {
      void this.finish();
      return;
    }
    const now = this.#outside.now();
    const last = this.#step === BITRATES.length - 1;
    if (pending < BACKLOG || last || now - this.#steppedAt < STEP_PATIENCE) return;
    this.#step += 1;
    this.#steppedAt = now;
    void this.#stopRecorder().then(() => {
      if (this.#tracks.length > 0) this.#begin();
    });
  }

  async #stopRecorder(): Promise<void> {
    const recorder = this.#recorder;
    this.#recorder = null;
    if (recorder && recorder.state !== "inactive") {
      const stopped = new Promise<void>((resolve) => {
        recorder.addEventListener("stop", () => resolve(), { once: true });
      });
      recorder.stop();
      await stopped;
    }
    await this.#writes;
  }
}
