// The calculations of the parts, without their DOM.
import { expect, test } from "vitest";
import { heat } from "./matrix.ts";
import { dotSize, filledBins } from "./reliability.ts";

test("the most frequent mistake is the hottest", () => {
  expect(heat(24, 1000, 0.024)).toBe(1);
  expect(heat(6, 1000, 0.024)).toBe(0.5);
  expect(heat(0, 1000, 0.024)).toBe(0);
  expect(heat(0, 0, 0)).toBe(0);
});

test("bins without answers are left out; dots grow with the number of answers", () => {
  const empty = { lower: 0, upper: 0.5, count: 0, confidence: null, accuracy: null };
  const full = { lower: 0.5, upper: 1, count: 10, confidence: 0.9, accuracy: 0.8 };
  expect(filledBins([empty, full])).toEqual([full]);
  expect(dotSize(400, 400) / dotSize(100, 400)).toBe(2);
  expect(dotSize(1, 10_000)).toBeGreaterThanOrEqual(0.8); // still visible
});
