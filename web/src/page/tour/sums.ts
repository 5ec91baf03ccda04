// The numbers of the sum that are printed, for each class. No DOM.
import type { LinearWeights } from "../../runtime/types.ts";

export interface Row {
  /** Sum of the products above 0, and of those below. */
  readonly positive: number;
  readonly negative: number;
  readonly bias: number;
  readonly score: number;
  /** e^(score − the largest score). */
  readonly power: number;
  /** The power, divided by the sum of all. */
  readonly share: number;
}

/** @param input What the model was given. */
export function sumsOf(input: Float32Array, { kernel, bias, outputs }: LinearWeights): readonly Row[] {
  const sums = Array.from({ length: outputs }, (_, column) => {
    let [positive, negative] = [0, 0];
    input.forEach((value, row) => {
      const product = value * kernel[row * outputs + column]!;
      if (product > 0) positive += product;
      else negative += product;
    });
    return { positive, negative, bias: bias[column]!, score: positive + negative + bias[column]! };
  });
  const largest = Math.max(...sums.map(({ score }) => score));
  const powers = sums.map(({ score }) => Math.exp(score - largest));
  const total = powers.reduce((a, b) => a + b);
  return sums.map((sum, column) => ({ ...sum, power: powers[column]!, share: powers[column]! / total }));
}
