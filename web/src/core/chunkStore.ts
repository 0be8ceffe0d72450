/** One camera recording on its way to the service. */
export interface StoredRecording {
  interviewId: string;
  cameraId: string;
  mimeType: string;
  /** Interview second at which it began, if the page knew. */
  startedAt: number | null;
  /** The page's time in ms, for the order of several. */
  createdAt: number;
  /** Chunks made so far: the next one's number. */
  made: number;
  /** Chunks 0..confirmed-1 are stored by the service, and no longer here. */
  confirmed: number;
  /** No chunk will be added any more. */
  finished: boolean;
}

/** Chunks of camera recordings, kept until the service has confirmed them. */
export interface ChunkStore {
  save: (recording: StoredRecording) => Promise<void>;
  /** Oldest first. */
  recordings: (interviewId: string) => Promise<StoredRecording[]>;
  put: (cameraId: string, seq: number, chunk: Blob) => Promise<void>;
  get: (cameraId: string, seq: number) => Promise<Blob | null>;
  /** Delete chunks 0..below-1. */
  confirm: (cameraId: string, below: number) => Promise<void>;
  /** Delete the recording and all its chunks. */
  remove: (cameraId: string) => Promise<void>;
}

const RECORDINGS = "recordings";
const CHUNKS = "chunks";

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB"));
  });
}

function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = () => reject(transaction.error ?? new Error("IndexedDB"));
    transaction.oncomplete = () => resolve();
    transaction.onerror = failed;
    transaction.onabort = failed;
  });
}

/** In the browser's database: survives reloads and crashes. */
class IndexedChunkStore implements ChunkStore {
  readonly #database: IDBDatabase;

  constructor(database: IDBDatabase) {
    this.#database = database;
  }

  async save(recording: StoredRecording): Promise<void> {
    await this.#write(RECORDINGS, (store) => store.put(recording));
  }

  async recordings(interviewId: string): Promise<StoredRecording[]> {
    const store = this.#database.transaction(RECORDINGS).objectStore(RECORDINGS);
    const all = (await settled(store.getAll())) as StoredRecording[];
    return all
      .filter((recording) => recording.interviewId === interviewId)
      .sort((a, b) => a.createdAt - b.createdAt);
  }

  async put(cameraId: string, seq: number, chunk: Blob): Promise<void> {
    // Bytes, not blobs: Safari has lost blobs from its database before.
    const bytes = await chunk.arrayBuffer();
    await this.#write(CHUNKS, (store) => store.put({ bytes, type: chunk.type }, [cameraId, seq]));
  }

  async get(cameraId: string, seq: number): Promise<Blob | null> {
    const store = this.#database.transaction(CHUNKS).objectStore(CHUNKS);
    const found = (await settled(store.get([cameraId, seq]))) as
      | { bytes: ArrayBuffer; type: string }
      | undefined;
    return found ? new Blob([found.bytes], { type: found.type }) : null;
  }

  async confirm(cameraId: string, below: number): Promise<void> {
    const range = IDBKeyRange.bound([cameraId, 0], [cameraId, below], false, true);
    await this.#write(CHUNKS, (store) => store.delete(range));
  }

  async remove(cameraId: string): Promise<void> {
    await this.confirm(cameraId, Number.MAX_SAFE_INTEGER);
    await this.#write(RECORDINGS, (store) => store.delete(cameraId));
  }

  async #write(name: string, change: (store: IDBObjectStore) => IDBRequest): Promise<void> {
    const transaction = this.#database.transaction(name, "readwrite");
    change(transaction.objectStore(name));
    await committed(transaction);
  }
}

/** For browsers without a database (some private windows): lasts as long as the page. */
export class MemoryChunkStore implements ChunkStore {
  readonly #recordings = new Map<string, StoredRecording>();
  readonly #chunks = new Map<string, Map<number, Blob>>();

  save(recording: StoredRecording): Promise<void> {
    this.#recordings.set(recording.cameraId, { ...recording });
    return Promise.resolve();
  }

  recordings(interviewId: string): Promise<StoredRecording[]> {
    const all = [...this.#recordings.values()].filter((one) => one.interviewId === interviewId);
    return Promise.resolve(all.sort((a, b) => a.createdAt - b.createdAt));
  }

  put(cameraId: string, seq: number, chunk: Blob): Promise<void> {
    const chunks = this.#chunks.get(cameraId) ?? new Map<number, Blob>();
    this.#chunks.set(cameraId, chunks.set(seq, chunk));
    return Promise.resolve();
  }

  get(cameraId: string, seq: number): Promise<Blob | null> {
    return Promise.resolve(this.#chunks.get(cameraId)?.get(seq) ?? null);
  }

  confirm(cameraId: string, below: number): Promise<void> {
    const chunks = this.#chunks.get(cameraId);
    for (const seq of [...(chunks?.keys() ?? [])]) if (seq < below) chunks?.delete(seq);
    return Promise.resolve();
  }

  remove(cameraId: string): Promise<void> {
    this.#chunks.delete(cameraId);
    this.#recordings.delete(cameraId);
    return Promise.resolve();
  }
}

/** The browser's store, or the page's memory where there is none. */
export async function openChunkStore(name = "interviewer-camera"): Promise<ChunkStore> {
  try {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(RECORDINGS, { keyPath: "cameraId" });
      request.result.createObjectStore(CHUNKS);
    };
    return new IndexedChunkStore(await settled(request));
  } catch {
    return new MemoryChunkStore();
  }
}
