// The sums behind an answer of a linear model, term by term. In double precision, as the page's own engine adds them up.
import type { LinearWeights } from "../../runtime/types.ts";
import { largestOf } from "../subject.ts";

/** One answer's score and what it is made of: `speaksFor` + `speaksAgainst` + `bias`. */
export interface Sum {
  /** Of the products above nought. */
  readonly speaksFor: number;
  /** Of the products below nought. */
  readonly speaksAgainst: number;
  readonly bias: number;
  readonly score: number;
}

export interface Explanation {
  /** For each class, input × weight for each input. */
  readonly products: readonly Float64Array[];
  readonly sums: readonly Sum[];
  /** The largest product of any class, without its sign: all pictures of products share this scale. */
  readonly largest: number;
  /** The largest difference between a score and the logit that the softmax was given. */
  readonly rounding: number;
}

/**
 * @param input What the model was given.
 * @param logits What its softmax was given: the model's own scores.
 */
export function explain(
  input: Float32Array,
  { kernel, bias, outputs }: LinearWeights,
  logits: Float32Array,
): Explanation {
  const products = Array.from({ length: outputs }, (_, column) =>
    Float64Array.from(input, (value, row) => value * kernel[row * outputs + column]!),
  );
  const sums = products.map((terms, column): Sum => {
    let [speaksFor, speaksAgainst] = [0, 0];
    for (const term of terms) {
      if (term > 0) speaksFor += term;
      else speaksAgainst += term;
    }
    const constant = bias[column]!;
    return { speaksFor, speaksAgainst, bias: constant, score: speaksFor + speaksAgainst + constant };
  });
  return {
    products,
    sums,
    largest: Math.max(...products.map(largestOf)),
    rounding: sums.reduce((most, { score }, column) => Math.max(most, Math.abs(score - logits[column]!)), 0),
  };
}

export interface Comparison {
  /** For each input, the answer's product less the rival's. */
  readonly differences: Float64Array;
  /** Of the differences above nought: what speaks for the answer over the rival. */
  readonly forAnswer: number;
  /** Of the differences below nought. */
  readonly forRival: number;
  /** The answer's bias less the rival's. */
  readonly bias: number;
  /** How far the answer's score is ahead: `forAnswer` + `forRival` + `bias`. */
  readonly lead: number;
}

/** Why the one and not the other. */
export function compare({ products, sums }: Explanation, answer: number, rival: number): Comparison {
  const differences = products[answer]!.map((term, row) => term - products[rival]![row]!);
  const forAnswer = differences.reduce((sum, term) => sum + Math.max(term, 0), 0);
  const forRival = differences.reduce((sum, term) => sum + Math.min(term, 0), 0);
  const bias = sums[answer]!.bias - sums[rival]!.bias;
  return { differences, forAnswer, forRival, bias, lead: forAnswer + forRival + bias };
}

export interface Powers {
  /** e^(score − the largest score), for each class. */
  readonly powers: Float64Array;
  readonly total: number;
}

/** Softmax before its division: a class's probability is its power divided by the total. */
export function powersOf(logits: Float32Array): Powers {
  const most = logits.reduce((a, b) => Math.max(a, b));
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - most));
  return { powers, total: powers.reduce((a, b) => a + b) };
}

/** Index of the most probable class but one. Null where there is but one class. */
export function runnerUp(probabilities: Float32Array, answer: number): number | null {
  let best: number | null = null;
  probabilities.forEach((share, index) => {
    if (index !== answer && (best === null || share > probabilities[best]!)) best = index;
  });
  return best;
}

/** Index of the value that is farthest from nought. */
export const strongestOf = (values: Float64Array): number => {
  let strongest = 0;
  values.forEach((value, index) => {
    if (Math.abs(value) > Math.abs(values[strongest]!)) strongest = index;
  });
  return strongest;
};
