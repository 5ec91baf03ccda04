// Training softmax(xA + b) from nothing, by stochastic gradient descent on batches of examples, as Keras does: the loss is the
// mean cross-entropy of a batch, and weights are float32. Most pixels are blank, and a blank one changes nothing.
import { permutation } from "./numpy-order.ts";

export interface Examples {
  /** Row by row; the numbers of one example are one row. */
  readonly inputs: Float32Array;
  /** Index of the true class of each. */
  readonly labels: Uint8Array;
  /** Numbers in a row. */
  readonly size: number;
}

/** Weights that are changed in place. */
export interface Trainable {
  /** inputs × outputs, row by row. */
  readonly kernel: Float32Array;
  /** One per class. */
  readonly bias: Float32Array;
  readonly outputs: number;
}

export const zeros = (inputs: number, outputs: number): Trainable => ({
  kernel: new Float32Array(inputs * outputs),
  bias: new Float32Array(outputs),
  outputs,
});

/** A step's gradient, kernel and bias. Kept between steps: each would otherwise leave 60 kB to be collected. */
let gradient = new Float64Array(0);

/** One step: A ← A − η·mean of x(p − y), b ← b − η·mean of (p − y), over the examples in these rows. */
export function trainBatch(
  weights: Trainable,
  examples: Examples,
  rows: ArrayLike<number>,
  learningRate: number,
): void {
  const { kernel, bias, outputs } = weights;
  const { inputs, labels, size } = examples;
  const ofBias = size * outputs;
  if (gradient.length === ofBias + outputs) gradient.fill(0);
  else gradient = new Float64Array(ofBias + outputs);
  const errors = new Float64Array(outputs);
  for (let place = 0; place < rows.length; place++) {
    const row = rows[place]!;
    const start = row * size;
    score(weights, examples, row, errors);
    softmax(errors);
    errors[labels[row]!]! -= 1;
    for (let i = 0; i < size; i++) {
      const value = inputs[start + i]!;
      if (value === 0) continue;
      const from = i * outputs;
      for (let j = 0; j < outputs; j++) gradient[from + j]! += value * errors[j]!;
    }
    for (let j = 0; j < outputs; j++) gradient[ofBias + j]! += errors[j]!;
  }
  const rate = learningRate / rows.length;
  for (let k = 0; k < ofBias; k++) kernel[k]! -= rate * gradient[k]!;
  for (let j = 0; j < outputs; j++) bias[j]! -= rate * gradient[ofBias + j]!;
}

/** The share of the examples for which the class with the largest score is the true one; the first one on a tie. */
export function accuracyOf(weights: Trainable, examples: Examples): number {
  const scores = new Float64Array(weights.outputs);
  let right = 0;
  for (let row = 0; row < examples.labels.length; row++) {
    score(weights, examples, row, scores);
    let best = 0;
    for (let j = 1; j < scores.length; j++) if (scores[j]! > scores[best]!) best = j;
    if (best === examples.labels[row]) right++;
  }
  return right / examples.labels.length;
}

/** An order of 0..count−1, from the seed alone. */
export const shuffled = (count: number, seed: number): Uint32Array => permutation(count, [seed]);

function score({ kernel, bias, outputs }: Trainable, { inputs, size }: Examples, row: number, scores: Float64Array) {
  scores.set(bias);
  const start = row * size;
  for (let i = 0; i < size; i++) {
    const value = inputs[start + i]!;
    if (value === 0) continue;
    const from = i * outputs;
    for (let j = 0; j < outputs; j++) scores[j]! += value * kernel[from + j]!;
  }
}

/** In place, and shifted by the largest score, so that no exponential overflows. */
function softmax(scores: Float64Array): void {
  let most = -Infinity;
  for (const value of scores) most = Math.max(most, value);
  let total = 0;
  for (let j = 0; j < scores.length; j++) total += scores[j] = Math.exp(scores[j]! - most);
  for (let j = 0; j < scores.length; j++) scores[j]! /= total;
}
