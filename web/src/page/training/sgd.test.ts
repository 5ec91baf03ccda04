import { expect, test } from "vitest";
import known from "../../../../tests/fixtures/sgd.json";
import { answerOf, sharesOf, trainBatch, type Weights } from "./sgd.ts";
import { exactSoftmax } from "../../runtime/dense/activations.ts";

interface Case {
  name: string;
  inputs: number[];
  bias: number[];
  label: number;
  learning_rate: number;
  losses: number[];
  after: Record<string, { probabilities: number[]; bias: number[]; kernel_rows: number[][] }>;
}

// Keras' own steps, written and checked by tests/training/test_sgd_step.py.
const { every, cases }: { every: number; cases: Case[] } = known;

// Keras computes in float32, this code in double precision: sums of up to 784 terms, then twenty
// updates that are each rounded by up to 6e-8 of weights below 1. Relative where the numbers are
// larger.
const TOLERANCE = 1e-6;

/** Largest difference, relative for numbers above 1. */
function difference(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  expect(ours.length).toBe(theirs.length);
  return Array.from(ours).reduce(
    (worst, value, i) =>
      Math.max(worst, Math.abs(value - theirs[i]!) / Math.max(1, Math.abs(theirs[i]!))),
    0,
  );
}

function start({ inputs, bias }: Case): { weights: Weights; input: Float32Array } {
  const outputs = bias.length;
  // The same formula as in tests/training/test_sgd_step.py.
  const kernel = Float32Array.from({ length: inputs.length * outputs }, (_, index) => {
    const [row, column] = [Math.floor(index / outputs), index % outputs];
    return (((37 * row + 101 * column + row * column) % 97) - 48) / 1000;
  });
  return {
    weights: { kernel: Float64Array.from(kernel), bias: Float64Array.from(bias), outputs },
    input: Float32Array.from(inputs, (value) => value / 1000),
  };
}

test.each(cases)("one and twenty steps are Keras' own: $name", (keras) => {
  const { input, weights } = start(keras);
  keras.losses.forEach((loss, index) => {
    expect(difference([-Math.log(sharesOf(weights, input)[keras.label]!)], [loss])).toBeLessThan(
      TOLERANCE,
    );
    trainBatch(
      weights,
      { inputs: input, labels: [keras.label], size: input.length },
      [0],
      keras.learning_rate,
    );
    const after = keras.after[index + 1];
    if (!after) return;
    expect(difference(sharesOf(weights, input), after.probabilities)).toBeLessThan(TOLERANCE);
    expect(difference(weights.bias, after.bias)).toBeLessThan(TOLERANCE);
    const rows = after.kernel_rows.flatMap((_, row) =>
      Array.from(
        weights.kernel.subarray(row * every * weights.outputs, (row * every + 1) * weights.outputs),
      ),
    );
    expect(difference(rows, after.kernel_rows.flat())).toBeLessThan(TOLERANCE);
  });
  expect(Object.keys(keras.after)).toEqual(["1", "20"]);
  expect(keras.losses).toHaveLength(20);
});

test("scores that overflow an exponential have finite shares, and the largest one is the answer", () => {
  const scores = Float64Array.of(0, 5000, -5000);
  expect(exactSoftmax(scores)).toEqual(Float64Array.of(0, 1, 0));
  expect(answerOf(scores)).toBe(1);
});
