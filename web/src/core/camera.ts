import { browserCameraApi } from "./browserCameraApi";
import { CameraRecorder } from "./cameraRecorder";
import { CameraUploader } from "./cameraUploader";
import { type ChunkStore, openChunkStore } from "./chunkStore";

/** One page at a time records or resumes an interview's camera, so that none seals another's. */
const lockName = (interviewId: string) => `interviewer-camera-${interviewId}`;

/** Resolves with the lock's release once this page has it. Without Web Locks: at once. */
function acquire(interviewId: string, signal: AbortSignal): Promise<() => void> {
  if (!("locks" in navigator)) return Promise.resolve(() => undefined);
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(
        lockName(interviewId),
        { signal },
        () => new Promise<void>((release) => resolve(release)),
      )
      .catch(reject);
  });
}

/** The camera's whole way: recording, keeping, bringing to the service, resuming. */
export class Camera {
  readonly uploader: CameraUploader;
  readonly recorder: CameraRecorder;
  readonly #interviewId: string;
  readonly #store: ChunkStore;
  readonly #leaving = new AbortController();
  readonly #locked: Promise<(() => void) | null>;
  readonly #resumed: Promise<void>;

  private constructor(
    interviewId: string,
    store: ChunkStore,
    interviewSeconds: () => number | null,
  ) {
    this.#interviewId = interviewId;
    this.#store = store;
    this.uploader = new CameraUploader(store, browserCameraApi);
    this.recorder = new CameraRecorder(interviewId, store, this.uploader, interviewSeconds);
    this.#locked = acquire(interviewId, this.#leaving.signal).catch(() => null);
    this.#resumed = this.#resume();
    window.addEventListener("online", this.uploader.kick);
  }

  /** `interviewSeconds`: the interview's clock, for the recording's place on the time axis. */
  static async open(interviewId: string, interviewSeconds: () => number | null): Promise<Camera> {
    return new Camera(interviewId, await openChunkStore(), interviewSeconds);
  }

  /** Record these tracks once no other page does; null ends the recording. */
  async record(camera: MediaStreamTrack | null, microphone: MediaStreamTrack | null): Promise<void> {
    // After resuming, which must not take this page's own recording for one left behind.
    await this.#resumed;
    if (await this.#locked) await this.recorder.record(camera, microphone);
  }

  /** The page is leaving or handed over: seal the recording and let another page go on. */
  async close(): Promise<void> {
    this.#leaving.abort();
    window.removeEventListener("online", this.uploader.kick);
    await this.recorder.finish();
    this.uploader.stop();
    (await this.#locked)?.();
  }

  /** What an earlier page left behind is complete as it is: seal and upload it. */
  async #resume(): Promise<void> {
    if (!(await this.#locked)) return;
    const left = await this.#store.recordings(this.#interviewId).catch(() => []);
    for (const recording of left) {
      await this.uploader.accept({ ...recording, finished: true }).catch(() => undefined);
    }
  }
}
