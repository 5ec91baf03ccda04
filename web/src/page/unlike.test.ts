import { expect, test } from "vitest";
import type { Model, Prediction } from "../runtime/types.ts";
import { oftenOf, surestOf } from "./unlike.ts";

test.each([
  [{ noun: "digit" }, 10, "surest of ten; not sure that it is a digit"],
  [{ noun: "shape" }, 3, "surest of three; not sure that it is a shape"],
  [{ noun: "drawing" }, 26, "surest of 26; not sure that it is any of them"],
])("what is said of %j", (manifest, classes, words) => {
  const labels = Array.from({ length: classes }, String);
  expect(surestOf({ manifest, labels } as unknown as Model)).toBe(words);
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
