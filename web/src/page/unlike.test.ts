import { expect, test } from "vitest";
import type { Model, Prediction } from "../runtime/types.ts";
import { oftenOf, trustOf } from "./unlike.ts";

test.each([
  ["digit", "but it doesn’t look like a digit."],
  ["drawing", "but it doesn’t look like any of them."],
])("a drawing that is unlike any %s is no answer, but an image of the data set is", (noun, but) => {
  const rule = { inputs: 1, pool: 1, hidden: { scale: 1, min: 0 }, biases: [0], outputs: [0] };
  const tell = (bias: number, isImage: boolean) => {
    const familiar = {
      record: { ...rule, bias },
      weights: Uint8Array.of(0),
      size: { height: 1, width: 1, channels: 1 },
    };
    const prediction = { label: "9", input: Float32Array.of(1) } as unknown as Prediction;
    return trustOf({ manifest: { noun } } as unknown as Model, familiar)(prediction, isImage).doubt;
  };
  expect([tell(9, false), tell(9, true), tell(-9, false)]).toEqual([
    ["Closest to 9,", but],
    null,
    null,
  ]);
});

test("confidence is said of what it was fitted on", () => {
  const of = (confidence: object | null) => ({ manifest: { confidence } }) as unknown as Model;
  const answer = { probabilities: Float32Array.of(0.9, 0.1) } as unknown as Prediction;
  const drawings = of({ temperature: 1, fitted_on: "drawings" });
  expect(oftenOf(drawings, answer, false)).toBe("If it is a digit, it is right 9 times in 10.");
  expect(oftenOf(drawings, answer, true)).toBe(""); // a test image
  const images = of({ temperature: 1, fitted_on: "validation images" });
  expect(oftenOf(images, answer, true)).toBe("Of images like this, 9 in 10 are recognised.");
  expect(oftenOf(of(null), answer, false)).toBe("");
});
