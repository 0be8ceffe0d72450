import { ApiError } from "@/api/client";

import type { ChunkStore, StoredRecording } from "./chunkStore";
import { Observable } from "./observable";

export interface UploadView {
  /** Chunks that wait, of those made so far in all recordings of the interview. */
  pending: number;
  made: number;
  /** Everything made is stored by the service, or given up for good. */
  done: boolean;
  /** The last try failed; another one follows by itself. */
  stalled: boolean;
  /** Recordings that the service does not take (any more). */
  refused: number;
}

/** The camera calls of the API; both answer how many chunks are stored without a gap. */
export interface CameraApi {
  putChunk: (recording: StoredRecording, seq: number, chunk: Blob) => Promise<number>;
  finish: (recording: StoredRecording) => Promise<number>;
}

const BACKOFF = [1000, 2000, 4000, 8000, 15_000];

/** Worth trying again: nothing answered, or the service says that it is its own fault. */
const passing = (error: unknown) =>
  !(error instanceof ApiError) ||
  error.status === 0 ||
  error.status === 408 ||
  error.status === 429 ||
  error.status >= 500;

/**
 * Brings the recordings of one interview to the service: in order, one chunk at a time, again
 * and again until confirmed. It never throws and never holds anything up.
 */
export class CameraUploader {
  readonly view = new Observable<UploadView>({
    pending: 0,
    made: 0,
    done: true,
    stalled: false,
    refused: 0,
  });
  readonly #store: ChunkStore;
  readonly #api: CameraApi;
  readonly #recordings = new Map<string, StoredRecording>();
  #running = false;
  #wake: (() => void) | null = null;
  #stopped = false;

  constructor(store: ChunkStore, api: CameraApi) {
    this.#store = store;
    this.#api = api;
  }

  /** Take a recording on, or learn that it has grown; saved before anything is sent. */
  async accept(recording: StoredRecording): Promise<void> {
    const known = this.#recordings.get(recording.cameraId);
    const merged = { ...recording, confirmed: known?.confirmed ?? recording.confirmed };
    this.#recordings.set(recording.cameraId, merged);
    this.#show();
    await this.#store.save(merged);
    this.#begin();
  }

  /** Try right now: the network is back, or there is more to send. */
  readonly kick = (): void => {
    this.#wake?.();
    this.#begin();
  };

  #begin(): void {
    if (this.#stopped || this.#running) return;
    this.#running = true;
    void this.#run().finally(() => {
      this.#running = false;
      // Something may have arrived between the last look and now.
      if (this.#next()) this.#begin();
    });
  }

  /** The page is leaving; what is stored is resumed by the next one. */
  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  #next(): StoredRecording | undefined {
    for (const recording of this.#recordings.values()) {
      if (recording.confirmed < recording.made || recording.finished) return recording;
    }
    return undefined;
  }

  async #run(): Promise<void> {
    let failures = 0;
    for (let next = this.#next(); next && !this.#stopped; next = this.#next()) {
      try {
        await this.#advance(next);
        failures = 0;
        if (this.view.get().stalled) this.view.set({ ...this.view.get(), stalled: false });
      } catch (error) {
        if (!passing(error)) {
          await this.#drop(next, true);
          continue;
        }
        this.view.set({ ...this.view.get(), stalled: true });
        await this.#pause(BACKOFF[Math.min(failures, BACKOFF.length - 1)] ?? 0);
        failures += 1;
      }
    }
  }

  /** The next chunk of it, or its finish. */
  async #advance(recording: StoredRecording): Promise<void> {
    const { cameraId, confirmed, made, finished } = recording;
    if (confirmed < made) {
      const chunk = await this.#store.get(cameraId, confirmed);
      if (chunk) {
        await this.#confirm(cameraId, await this.#api.putChunk(recording, confirmed, chunk));
        return;
      }
      // The browser cleared its storage: what was confirmed is all there will be.
    } else if (!finished) {
      return;
    }
    await this.#api.finish(recording);
    await this.#drop(recording, false);
  }

  async #confirm(cameraId: string, received: number): Promise<void> {
    const recording = this.#recordings.get(cameraId);
    if (!recording) return;
    const confirmed = Math.min(received, recording.made);
    const updated = { ...recording, confirmed };
    this.#recordings.set(cameraId, updated);
    this.#show();
    await this.#store.confirm(cameraId, confirmed);
    await this.#store.save(updated);
  }

  async #drop(recording: StoredRecording, refused: boolean): Promise<void> {
    this.#recordings.delete(recording.cameraId);
    if (refused) this.view.set({ ...this.view.get(), refused: this.view.get().refused + 1 });
    this.#show();
    await this.#store.remove(recording.cameraId).catch(() => undefined);
  }

  #show(): void {
    let pending = 0;
    let made = 0;
    for (const recording of this.#recordings.values()) {
      pending += recording.made - recording.confirmed;
      made += recording.made;
    }
    const done = this.#recordings.size === 0;
    // A finished recording leaves the list; the figure shown must not fall back.
    const before = this.view.get();
    this.view.set({ ...before, pending, made: done ? before.made : made, done });
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = null;
  }
}
