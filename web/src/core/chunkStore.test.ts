import "fake-indexeddb/auto";

import { describe, expect, test } from "vitest";

import { type ChunkStore, MemoryChunkStore, openChunkStore, type StoredRecording } from "./chunkStore";

const recording = (cameraId: string, createdAt: number, interviewId = "I1"): StoredRecording => ({
  interviewId,
  cameraId,
  mimeType: "video/mp4",
  startedAt: 1.5,
  createdAt,
  made: 3,
  confirmed: 0,
  finished: false,
});

const chunk = (text: string) => new Blob([text], { type: "video/mp4" });

let opened = 0;
const stores: [string, () => Promise<ChunkStore>][] = [
  ["IndexedDB", () => openChunkStore(`test-${(opened += 1)}`)],
  ["memory", () => Promise.resolve(new MemoryChunkStore())],
];

describe.each(stores)("chunk store in %s", (_, open) => {
  test("gives back what was put, and null for what was not", async () => {
    const store = await open();
    await store.put("camera-1", 0, chunk("zero"));
    const found = await store.get("camera-1", 0);
    expect(await found?.text()).toBe("zero");
    expect(found?.type).toBe("video/mp4");
    expect(await store.get("camera-1", 1)).toBeNull();
  });

  test("confirming deletes the chunks below, of that recording only", async () => {
    const store = await open();
    for (const seq of [0, 1, 2]) await store.put("camera-1", seq, chunk(`${seq}`));
    await store.put("camera-2", 0, chunk("other"));
    await store.confirm("camera-1", 2);
    expect(await store.get("camera-1", 1)).toBeNull();
    expect(await (await store.get("camera-1", 2))?.text()).toBe("2");
    expect(await (await store.get("camera-2", 0))?.text()).toBe("other");
  });

  test("lists an interview's recordings, oldest first, as last saved", async () => {
    const store = await open();
    await store.save(recording("late", 200));
    await store.save(recording("early", 100));
    await store.save(recording("foreign", 50, "I2"));
    await store.save({ ...recording("late", 200), finished: true });
    const listed = await store.recordings("I1");
    expect(listed.map(({ cameraId, finished }) => [cameraId, finished])).toEqual([
      ["early", false],
      ["late", true],
    ]);
  });

  test("removing leaves nothing", async () => {
    const store = await open();
    await store.save(recording("camera-1", 1));
    await store.put("camera-1", 0, chunk("zero"));
    await store.remove("camera-1");
    expect(await store.recordings("I1")).toEqual([]);
    expect(await store.get("camera-1", 0)).toBeNull();
  });
});
