import { expect, test } from "vitest";
import { sumsOf } from "./sums.ts";

test("the printed sum: products for and against, the bias, the score, and the shares", () => {
  const linear = {
    kernel: Float32Array.of(1, -1, 2, 0.5, -4, 1),
    bias: Float32Array.of(0.5, -0.5),
    inputs: 3,
    outputs: 2,
  };
  const rows = sumsOf(Float32Array.of(1, 0.5, 0.25), linear);
  // Class 0: 1 · 1 + 0.5 · 2 − 0.25 · 4 + 0.5; class 1: −1 + 0.25 + 0.25 − 0.5
  expect(rows[0]).toMatchObject({ positive: 2, negative: -1, bias: 0.5, score: 1.5, power: 1 });
  expect(rows[1]).toMatchObject({ positive: 0.5, negative: -1, bias: -0.5, score: -1 });
  expect(rows[1]!.power).toBeCloseTo(Math.exp(-2.5), 12);
  expect(rows[0]!.share + rows[1]!.share).toBeCloseTo(1, 12);
  expect(rows[0]!.share / rows[1]!.share).toBeCloseTo(Math.exp(2.5), 9);
});
