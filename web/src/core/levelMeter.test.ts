import { expect, test } from "vitest";

import { decibels, fullness } from "./levelMeter";

test("full-scale square is 0 dB, half of it 6 dB less, silence bottomless", () => {
  expect(decibels(new Float32Array(64).fill(1))).toBeCloseTo(0);
  expect(decibels(new Float32Array(64).fill(0.5))).toBeCloseTo(-6.02, 1);
  expect(decibels(new Float32Array(64))).toBe(-Infinity);
});

test("the meter is empty in a quiet room, moves with speech, and never overflows", () => {
  expect(fullness(-60)).toBe(0);
  expect(fullness(-30)).toBeGreaterThan(0.5);
  expect(fullness(0)).toBe(1);
  expect(fullness(-Infinity)).toBe(0);
});
