// Stochastic gradient descent on softmax(xA + b), one example at a time, like Keras: the loss is computed from the scores, so
// that it stays exact however small the probability is. In double precision; tests/fixtures/sgd.json contains Keras' own steps.
import type { LinearWeights } from "../../runtime/types.ts";

/** Weights to train. No function here changes its arguments: a step returns new weights. */
export interface Weights {
  /** inputs × outputs, row by row. */
  readonly kernel: Float64Array;
  /** One per class. */
  readonly bias: Float64Array;
  readonly outputs: number;
}

/** A copy to train: the model's own weights stay as they are. */
export const copyOf = ({ kernel, bias, outputs }: LinearWeights): Weights => ({
  kernel: Float64Array.from(kernel),
  bias: Float64Array.from(bias),
  outputs,
});

/** For each class, the sum of input × weight, plus the bias. */
export function scoresOf({ kernel, bias, outputs }: Weights, input: Float32Array): Float64Array {
  const scores = Float64Array.from(bias);
  input.forEach((value, i) => {
    if (value === 0) return; // most pixels are blank
    for (let j = 0; j < outputs; j++) scores[j]! += value * kernel[i * outputs + j]!;
  });
  return scores;
}

/** Shifted by the largest score, so that no exponential overflows. */
export function softmax(scores: Float64Array): Float64Array {
  const most = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - most));
  const total = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / total);
}

/** −log of the probability that softmax gives to the true class. */
export function lossOf(scores: Float64Array, truth: number): number {
  const most = Math.max(...scores);
  const total = scores.reduce((sum, score) => sum + Math.exp(score - most), 0);
  return Math.log(total) + most - scores[truth]!;
}

/** p − y for each class: the gradient of the loss with respect to scores and biases. For a weight, multiply by its input. */
export function errorOf(probabilities: Float64Array, truth: number): Float64Array {
  return probabilities.map((p, j) => p - (j === truth ? 1 : 0));
}

/** A ← A − η·x(p − y), b ← b − η(p − y). */
export function stepOf(weights: Weights, input: Float32Array, truth: number, rate: number): Weights {
  const { outputs } = weights;
  const change = errorOf(softmax(scoresOf(weights, input)), truth).map((error) => -rate * error);
  const kernel = weights.kernel.slice();
  input.forEach((value, i) => {
    if (value === 0) return;
    for (let j = 0; j < outputs; j++) kernel[i * outputs + j]! += value * change[j]!;
  });
  return { kernel, bias: weights.bias.map((bias, j) => bias + change[j]!), outputs };
}

/** Index of the largest score; the first one if several are equal. */
export const answerOf = (scores: Float64Array): number => scores.indexOf(Math.max(...scores));
