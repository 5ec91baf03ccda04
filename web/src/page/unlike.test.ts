import { expect, test } from "vitest";
import type { Model, Prediction } from "../runtime/types.ts";
import { distanceTo } from "../runtime/familiar.ts";
import { distanceOf, oftenOf, pictureSize, surestOf, type Familiarity } from "./unlike.ts";

const scale = { scale: 1, min: 0 };
const flagged = { images: 10, flagged: 1 };
/** Two classes of three numbers, with one direction each. */
const familiarity: Familiarity = {
  record: {
    ...{ inputs: 3, pool: 1, within: 0.95, directions: 1, mean: scale, direction: scale, limits: [4, 1] },
    ...{ digest: "", test: flagged, drawings: null, signs: null },
  },
  pictures: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 2, 1, 0, 0),
  size: { height: 1, width: 3, channels: 1 },
};
const prediction = (input: readonly number[], labelIndex: number) =>
  ({ input: Float32Array.from(input), labelIndex }) as unknown as Prediction;

test("what lies along a class' direction does not count, the rest does", () => {
  expect(distanceTo(familiarity, Float32Array.of(1, 9, 0), 0)).toBe(0);
  expect(distanceTo(familiarity, Float32Array.of(3, 9, 1), 0)).toBe(5);
  expect(distanceTo(familiarity, Float32Array.of(7, 3, 0), 1)).toBe(13);
});

test("squares of pixels are averaged first, where the rule was learned so", () => {
  const record = { ...familiarity.record, inputs: 2, pool: 2, limits: [1] };
  // of one class: its mean is 5, 0, and its direction is that of the second number
  const halved = { record, pictures: Float32Array.of(5, 0, 0, 1), size: { height: 2, width: 4, channels: 1 } };
  expect(distanceTo(halved, Float32Array.of(1, 3, 9, 9, 7, 9, 9, 9), 0)).toBe(0);
  expect(distanceTo(halved, Float32Array.of(1, 3, 9, 9, 7, 1, 9, 9), 0)).toBe(4);
  const inColor = { ...halved, record: { ...record, inputs: 3, directions: 0 }, pictures: Float32Array.of(1, 2, 3) };
  const size = { height: 2, width: 2, channels: 3 };
  expect(distanceTo({ ...inColor, size }, Float32Array.of(0, 2, 6, 2, 2, 6, 0, 2, 0, 2, 2, 8), 0)).toBe(4);
});

test("1 is the limit of the class that is the answer", () => {
  expect(distanceOf(familiarity, prediction([3, 0, 0], 0))).toBe(1);
  expect(distanceOf(familiarity, prediction([0, 2, 2], 1))).toBe(2);
});

test.each([
  [{ noun: "digit" }, 10, "surest of ten; not sure that it is a digit"],
  [{ noun: "shape" }, 3, "surest of three; not sure that it is a shape"],
  [{ noun: "drawing" }, 26, "surest of 26; not sure that it is any of them"],
])("what is said of %j", (manifest, classes, words) => {
  const labels = Array.from({ length: classes }, String);
  expect(surestOf({ manifest, labels } as unknown as Model)).toBe(words);
});

test("its pictures are as much smaller as the rule says", () => {
  const record = { ...familiarity.record, pool: 2 };
  const size = { height: 28, width: 20, channels: 1 };
  expect(pictureSize({ ...familiarity, record, size })).toEqual({ height: 14, width: 10, channels: 1 });
  expect(pictureSize(familiarity)).toEqual(familiarity.size);
});

test("confidence is said of what it was fitted on", () => {
  const of = (confidence: object | null) => ({ manifest: { confidence } }) as unknown as Model;
  const answer = { probabilities: Float32Array.of(0.9, 0.1) } as unknown as Prediction;
  const drawings = of({ temperature: 1, fitted_on: "drawings" });
  expect(oftenOf(drawings, answer, false)).toBe("Of drawings like this, 9 in 10 are read right.");
  expect(oftenOf(drawings, answer, true)).toBe(""); // a test image
  const images = of({ temperature: 1, fitted_on: "validation images" });
  expect(oftenOf(images, answer, true)).toBe("Of images like this, 9 in 10 are recognised.");
  expect(oftenOf(of(null), answer, false)).toBe("");
});
