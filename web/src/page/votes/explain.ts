// The calculation behind an answer of a linear model, term by term. In double precision, like the page's own engine. A model may
// have several rows for each class, side by side: ways of writing it.
import type { LinearWeights } from "../../runtime/types.ts";
import { largestOf } from "../subject.ts";

/** The score of a row and its terms: `positive` + `negative` + `bias`. */
export interface Sum {
  /** Sum of the products above 0. */
  readonly positive: number;
  /** Sum of the products below 0. */
  readonly negative: number;
  readonly bias: number;
  readonly score: number;
}

export interface Explanation {
  /** For each row, input × weight for each input. */
  readonly products: readonly Float64Array[];
  readonly sums: readonly Sum[];
  /** The largest absolute product of any row: the scale of all images of products. */
  readonly largest: number;
}

/** @param input The input of the model. */
export function explain(input: Float32Array, { kernel, bias, outputs }: LinearWeights): Explanation {
  const products = Array.from({ length: outputs }, (_, column) =>
    Float64Array.from(input, (value, row) => value * kernel[row * outputs + column]!),
  );
  const sums = products.map((terms, column): Sum => {
    let [positive, negative] = [0, 0];
    for (const term of terms) {
      if (term > 0) positive += term;
      else negative += term;
    }
    const constant = bias[column]!;
    return { positive, negative, bias: constant, score: positive + negative + constant };
  });
  return { products, sums, largest: Math.max(...products.map(largestOf)) };
}

export interface Comparison {
  /** For each input, the product of the answer minus that of the rival. */
  readonly differences: Float64Array;
  /** Sum of the differences above 0: what favours the answer over the rival. */
  readonly forAnswer: number;
  /** Sum of the differences below 0. */
  readonly forRival: number;
  /** The bias of the answer minus that of the rival. */
  readonly bias: number;
  /** The score of the answer minus that of the rival: `forAnswer` + `forRival` + `bias`. */
  readonly lead: number;
}

/** Compare the terms of two rows. */
export function compare({ products, sums }: Explanation, answer: number, rival: number): Comparison {
  const differences = products[answer]!.map((term, row) => term - products[rival]![row]!);
  const forAnswer = differences.reduce((sum, term) => sum + Math.max(term, 0), 0);
  const forRival = differences.reduce((sum, term) => sum + Math.min(term, 0), 0);
  const bias = sums[answer]!.bias - sums[rival]!.bias;
  return { differences, forAnswer, forRival, bias, lead: forAnswer + forRival + bias };
}

/** Index of the largest absolute value. */
export const strongestOf = (values: Float64Array): number => {
  let strongest = 0;
  values.forEach((value, index) => {
    if (Math.abs(value) > Math.abs(values[strongest]!)) strongest = index;
  });
  return strongest;
};
