import { expect, test } from "vitest";

import { ApiError } from "@/api/client";

import { bestType, BITRATES, CameraRecorder, type RecorderOutside } from "./cameraRecorder";
import { type CameraApi, CameraUploader } from "./cameraUploader";
import { MemoryChunkStore, type StoredRecording } from "./chunkStore";

class FakeRecorder extends EventTarget {
  state: "inactive" | "recording" = "inactive";
  readonly mimeType: string;
  readonly options: MediaRecorderOptions;
  onstart: (() => void) | null = null;
  ondataavailable: ((event: { data: Blob }) => void) | null = null;
  onstop: (() => void) | null = null;
  constructor(options: MediaRecorderOptions) {
    super();
    this.options = options;
    this.mimeType = options.mimeType ?? "";
  }
  start() {
    this.state = "recording";
    this.onstart?.();
  }
  stop() {
    this.state = "inactive";
    this.chunk("last");
    this.onstop?.();
    this.dispatchEvent(new Event("stop"));
  }
  chunk(text: string) {
    this.ondataavailable?.({ data: new Blob([text]) });
  }
}

const CAMERA = { kind: "video" } as MediaStreamTrack;
const MICROPHONE = { kind: "audio" } as MediaStreamTrack;

function stage(supports: (type: string) => boolean = () => true) {
  const recorders: FakeRecorder[] = [];
  const streams: MediaStreamTrack[][] = [];
  const finished: StoredRecording[] = [];
  const world = { now: 0, online: true, interviewSeconds: 12.5 as number | null };
  let ids = 0;
  const api: CameraApi = {
    putChunk: (_, seq) =>
      world.online ? Promise.resolve(seq + 1) : Promise.reject(new ApiError(0, "unreachable", "")),
    finish: (recording) => {
      finished.push(recording);
      return Promise.resolve(recording.made);
    },
  };
  const store = new MemoryChunkStore();
  const uploader = new CameraUploader(store, api);
  const outside: RecorderOutside = {
    createRecorder: (_, options) => {
      const recorder = new FakeRecorder(options);
      recorders.push(recorder);
      return recorder as unknown as MediaRecorder;
    },
    supports,
    createStream: (tracks) => {
      streams.push(tracks);
      return {} as MediaStream;
    },
    newId: () => `camera-${(ids += 1)}`,
    now: () => world.now,
  };
  const camera = new CameraRecorder("I1", store, uploader, () => world.interviewSeconds, outside);
  return { camera, recorders, streams, finished, world, store, uploader };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

test("prefers H.264 with Opus, and takes what there is", () => {
  expect(bestType(() => true)).toBe("video/mp4;codecs=avc1.42E01E,opus");
  expect(bestType((type) => type.startsWith("video/webm"))).toBe("video/webm;codecs=vp8,opus");
  expect(bestType(() => false)).toBeNull();
});

test("records picture and sound, and places them on the interview's axis", async () => {
  const { camera, recorders, streams, finished } = stage();
  await camera.record(CAMERA, MICROPHONE);
  expect(streams).toEqual([[CAMERA, MICROPHONE]]);
  recorders[0]?.chunk("a");
  await camera.finish();
  await settle();
  expect(finished).toHaveLength(1);
  expect(finished[0]).toMatchObject({ made: 2, confirmed: 2, startedAt: 12.5, finished: true });
});

test("the same tracks again change nothing; other ones start another recording", async () => {
  const { camera, recorders, finished } = stage();
  await camera.record(CAMERA, MICROPHONE);
  await camera.record(CAMERA, MICROPHONE);
  expect(recorders).toHaveLength(1);
  await camera.record(CAMERA, { kind: "audio" } as MediaStreamTrack);
  await settle();
  expect(recorders).toHaveLength(2);
  expect(recorders[0]?.state).toBe("inactive");
  expect(finished.map(({ cameraId }) => cameraId)).toEqual(["camera-1"]);
});

test("without a camera nothing is recorded, and finishing is no error", async () => {
  const { camera, recorders, uploader } = stage();
  await camera.record(null, MICROPHONE);
  await camera.finish();
  expect(recorders).toHaveLength(0);
  expect(uploader.view.get().done).toBe(true);
});

test("a browser that can't record leaves the interview alone", async () => {
  const { camera, recorders } = stage(() => false);
  await camera.record(CAMERA, MICROPHONE);
  expect(recorders).toHaveLength(0);
});

test("falls back step by step in bitrate while the upload lags, with time between", async () => {
  const { camera, recorders, world, uploader } = stage();
  world.online = false;
  await camera.record(CAMERA, MICROPHONE);
  const lag = async () => {
    for (let at = 0; at < 8; at += 1) {
      recorders.at(-1)?.chunk("x");
      await settle();
    }
  };
  await lag();
  expect(recorders.map(({ options }) => options.videoBitsPerSecond)).toEqual(BITRATES.slice(0, 2));
  await lag();
  expect(recorders).toHaveLength(2);
  for (let step = 0; step < 6; step += 1) {
    world.now += 21_000;
    await lag();
  }
  expect(recorders.map(({ options }) => options.videoBitsPerSecond)).toEqual([...BITRATES]);
  expect(recorders.every(({ options }) => options.audioBitsPerSecond === 64_000)).toBe(true);
  uploader.stop();
});

test("a full disk ends the recording, keeping what is stored", async () => {
  const { camera, recorders, store, finished } = stage();
  await camera.record(CAMERA, MICROPHONE);
  recorders[0]?.chunk("kept");
  await settle();
  store.put = () => Promise.reject(new DOMException("", "QuotaExceededError"));
  recorders[0]?.chunk("too much");
  await settle();
  expect(recorders[0]?.state).toBe("inactive");
  expect(finished[0]).toMatchObject({ made: 1 });
});
