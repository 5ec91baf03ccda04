import { expect, test } from "vitest";
import type { Model, Prediction } from "../runtime/types.ts";
import { distanceTo, relativeDistance, surestOf, type Familiarity } from "./unlike.ts";

const scale = { scale: 1, min: 0 };
const flagged = { images: 10, flagged: 1 };
/** Two classes of three numbers, with one direction each. */
const familiarity: Familiarity = {
  record: {
    ...{ inputs: 3, directions: 1, mean: scale, direction: scale, limits: [4, 1] },
    ...{ test: flagged, drawings: null, signs: null },
  },
  pictures: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 2, 1, 0, 0),
};
const prediction = (input: readonly number[], labelIndex: number) =>
  ({ input: Float32Array.from(input), labelIndex }) as unknown as Prediction;

test("what lies along a class' direction does not count, the rest does", () => {
  expect(distanceTo(familiarity, Float32Array.of(1, 9, 0), 0)).toBe(0);
  expect(distanceTo(familiarity, Float32Array.of(3, 9, 1), 0)).toBe(5);
  expect(distanceTo(familiarity, Float32Array.of(7, 3, 0), 1)).toBe(13);
});

test("1 is the limit of the class that is the answer", () => {
  expect(relativeDistance(familiarity, prediction([3, 0, 0], 0))).toBe(1);
  expect(relativeDistance(familiarity, prediction([0, 2, 2], 1))).toBe(2);
});

test.each([
  [{ noun: "digit" }, 10, "surest of ten; not sure that it is a digit"],
  [{ noun: "shape" }, 3, "surest of three; not sure that it is a shape"],
  [{ noun: null, data: { name: "mnist" } }, 10, "surest of ten; not sure that it is a digit"],
  [{ noun: "drawing" }, 26, "surest of 26; not sure that it is any of them"],
])("what is said of %j", (manifest, classes, words) => {
  const labels = Array.from({ length: classes }, String);
  expect(surestOf({ manifest, labels } as unknown as Model)).toBe(words);
});
