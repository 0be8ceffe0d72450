import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { ApiError } from "@/api/client";

import { CameraUploader, type CameraApi } from "./cameraUploader";
import { MemoryChunkStore, type StoredRecording } from "./chunkStore";

const base: StoredRecording = {
  interviewId: "I1",
  cameraId: "camera-1",
  mimeType: "video/mp4",
  startedAt: 0,
  createdAt: 1,
  made: 0,
  confirmed: 0,
  finished: false,
};

/** A service that keeps chunks as ours does; `fail` answers the next calls instead. */
function stage() {
  const received = new Map<string, number>();
  const log: string[] = [];
  const fail: Error[] = [];
  const api: CameraApi = {
    putChunk: ({ cameraId }, seq) => {
      log.push(`${cameraId}/${seq}`);
      const failure = fail.shift();
      if (failure) return Promise.reject(failure);
      const have = received.get(cameraId) ?? 0;
      if (seq === have) received.set(cameraId, have + 1);
      return Promise.resolve(received.get(cameraId) ?? 0);
    },
    finish: ({ cameraId }) => {
      log.push(`${cameraId}/finish`);
      const failure = fail.shift();
      return failure ? Promise.reject(failure) : Promise.resolve(received.get(cameraId) ?? 0);
    },
  };
  const store = new MemoryChunkStore();
  const uploader = new CameraUploader(store, api);
  const record = async (count: number, change: Partial<StoredRecording> = {}) => {
    const recording = { ...base, ...change, made: count };
    for (let seq = 0; seq < count; seq += 1) {
      await store.put(recording.cameraId, seq, new Blob([`${seq}`]));
    }
    await uploader.accept(recording);
  };
  return { received, log, fail, store, uploader, record };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("chunks go in order, one at a time, and leave the store when confirmed", async () => {
  const { log, store, uploader, record } = stage();
  await record(3);
  await settle();
  expect(log).toEqual(["camera-1/0", "camera-1/1", "camera-1/2"]);
  expect(await store.get("camera-1", 2)).toBeNull();
  expect(uploader.view.get()).toMatchObject({ pending: 0, made: 3, done: false });
});

test("a finished recording is finished there and forgotten here", async () => {
  const { log, store, uploader, record } = stage();
  await record(1, { finished: true });
  await settle();
  expect(log).toEqual(["camera-1/0", "camera-1/finish"]);
  expect(await store.recordings("I1")).toEqual([]);
  expect(uploader.view.get()).toMatchObject({ done: true, made: 1, refused: 0 });
});

test("passing failures are tried again, later and later, and nothing is lost", async () => {
  const { log, fail, uploader, record } = stage();
  fail.push(new ApiError(0, "unreachable", ""), new ApiError(503, "unavailable", ""));
  await record(2, { finished: true });
  await settle();
  expect(uploader.view.get()).toMatchObject({ stalled: true, pending: 2 });
  await vi.advanceTimersByTimeAsync(1000);
  expect(log).toEqual(["camera-1/0", "camera-1/0"]);
  await vi.advanceTimersByTimeAsync(2000);
  expect(log).toEqual(["camera-1/0", "camera-1/0", "camera-1/0", "camera-1/1", "camera-1/finish"]);
  expect(uploader.view.get()).toMatchObject({ stalled: false, done: true });
});

test("a kick does not wait for the next try", async () => {
  const { fail, uploader, record } = stage();
  fail.push(new ApiError(0, "unreachable", ""));
  await record(1);
  await settle();
  uploader.kick();
  await settle();
  expect(uploader.view.get()).toMatchObject({ pending: 0, stalled: false });
});

test("goes on where the service stands, also when that is further on", async () => {
  const { received, log, record } = stage();
  received.set("camera-1", 2);
  await record(3);
  await settle();
  expect(log).toEqual(["camera-1/0", "camera-1/2"]);
});

test("a refused recording is given up, and the next one goes out", async () => {
  const { log, fail, uploader, record } = stage();
  fail.push(new ApiError(403, "consent_required", ""));
  await record(2);
  await record(1, { cameraId: "camera-2", finished: true });
  await settle();
  expect(log).toEqual(["camera-1/0", "camera-2/0", "camera-2/finish"]);
  expect(uploader.view.get()).toMatchObject({ done: true, refused: 1 });
});

test("chunks that the browser lost end the recording where it is", async () => {
  const { log, store, uploader } = stage();
  await store.put("camera-1", 0, new Blob(["0"]));
  await uploader.accept({ ...base, made: 3, finished: true });
  await settle();
  expect(log).toEqual(["camera-1/0", "camera-1/finish"]);
  expect(uploader.view.get().done).toBe(true);
});

test("stopping leaves the rest to the next page", async () => {
  const { fail, store, uploader, record } = stage();
  fail.push(new ApiError(0, "unreachable", ""));
  await record(2);
  await settle();
  uploader.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await store.get("camera-1", 0)).not.toBeNull();
  expect(await store.recordings("I1")).toHaveLength(1);
});
