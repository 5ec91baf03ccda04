// How much work the steps of a manifest may be: the twin of tests/preprocessing/test_steps.py.
import { describe, expect, test } from "vitest";
import { ModelError } from "../errors.ts";
import type { Manifest } from "../manifest.ts";
import { ALL_STEPS } from "./all-steps.ts";
import { checkSteps } from "./steps.ts";

const many = (count: number, step: object) => Array.from({ length: count }, () => step);
const pen = { step: "stroke", width: 0.5, thinning: 1 };

/** Check steps whose last one makes a picture of this side. */
const check = (drawing: readonly object[], image: readonly object[], side: number) => () => {
  const size = { height: side, width: side, channels: 1 };
  const manifest = {
    preprocess: { drawing: [{ step: "ink" }, ...drawing], image },
    input: { image: size },
  };
  checkSteps(manifest as unknown as Manifest, "x", ALL_STEPS);
};

describe("a drawing must be done within seconds", () => {
  test.each<[string, number, (size: number) => object[]]>([
    ["two pictures", 1810, (size) => many(2, { step: "stretch", height: size, width: size })],
    ["a bold pen", 1144, (size) => [{ step: "fit", box: size }, pen]],
    ["a pen before any size", 1, (count) => many(count, pen)],
    ["small steps", 26, (count) => many(count, { step: "fit", box: 1 })],
  ])("%s", (kind, largest, listed) => {
    const side = (size: number) => (kind === "two pictures" ? size : 4);
    expect(check(listed(largest), [], side(largest))).not.toThrow();
    expect(check(listed(largest + 1), [], side(largest + 1))).toThrow(ModelError);
    expect(check(listed(largest + 1), [], side(largest + 1))).toThrow(/fewer pixels/);
  });

  test("steps for the picture count as many pixels as it has", () => {
    const drawing = [{ step: "center", height: 512, width: 512 }];
    expect(check(drawing, many(12, { step: "deskew" }), 512)).not.toThrow();
    expect(check(drawing, many(13, { step: "deskew" }), 512)).toThrow(/fewer pixels/);
  });
});
