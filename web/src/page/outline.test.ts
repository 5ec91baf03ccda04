import { expect, test } from "vitest";
import { outlineOf } from "./outline.ts";

test("one pixel has four edges, two adjacent ones none between them, and a hole its own outline", () => {
  expect(outlineOf([0, 0, 0, 0, 1, 0, 0, 0, 0], 3, 3, 0.4)).toBe("M1 1h1M1 2h1M1 1v1M2 1v1");
  expect(outlineOf([1, 1], 2, 1, 0.4)).toBe("M0 0h2M0 1h2M0 0v1M2 0v1");
  const ring = [1, 1, 1, 1, 0, 1, 1, 1, 1];
  expect(outlineOf(ring, 3, 3, 0.4)).toBe("M0 0h3M1 1h1M1 2h1M0 3h3M0 0v3M1 1v1M2 1v1M3 0v3");
});

test("pixels below the threshold have no outline, nor does a blank image", () => {
  expect(outlineOf([0.4, 0.39], 2, 1, 0.4)).toBe("");
  expect(outlineOf([], 3, 3, 0.4)).toBe("");
});
