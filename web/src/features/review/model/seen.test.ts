import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { loadSeen, markSeen } from "./seen";

describe("what was seen", () => {
  let stored: Map<string, string>;
  beforeEach(() => {
    stored = new Map();
    vi.stubGlobal("localStorage", {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => stored.set(key, value),
    });
  });
  afterEach(() => vi.unstubAllGlobals());

  it("is remembered once each", () => {
    markSeen("A");
    markSeen("B");
    markSeen("A");
    expect([...loadSeen()]).toEqual(["B", "A"]);
  });

  it("is nothing where the store is broken", () => {
    stored.set("interviewer.review.seen", "{not json");
    expect(loadSeen().size).toBe(0);
    stored.set("interviewer.review.seen", '{"a":1}');
    expect(loadSeen().size).toBe(0);
  });

  it("is nothing, without failing, where the browser refuses a store", () => {
    vi.stubGlobal("localStorage", {
      getItem: () => {
        throw new Error("denied");
      },
      setItem: () => {
        throw new Error("denied");
      },
    });
    expect(() => markSeen("A")).not.toThrow();
    expect(loadSeen().size).toBe(0);
  });
});
