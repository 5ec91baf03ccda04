// Stochastic gradient descent on softmax(xA + b), as Keras does it: the loss is the mean
// cross-entropy of a batch, computed from the scores, so that it stays exact however small the
// probability is. Most pixels are blank, and a blank one changes nothing. Sums are in double
// precision, weights as their arrays are; tests/fixtures/sgd.json contains Keras' own steps.
import { exactSoftmax } from "../../runtime/dense/activations.ts";

interface Inputs {
  /** Row by row; the numbers of one example are one row. */
  readonly inputs: Float32Array;
  /** Numbers in a row. */
  readonly size: number;
}

export interface Examples extends Inputs {
  /** Index of the true class of each. */
  readonly labels: Uint8Array;
}

export interface Weights<
  Numbers extends Float32Array | Float64Array = Float32Array | Float64Array,
> {
  /** inputs × outputs, row by row. */
  readonly kernel: Numbers;
  /** One per class. */
  readonly bias: Numbers;
  readonly outputs: number;
}

/** Weights as Keras has them. */
export type Trainable = Weights<Float32Array>;

export const zeros = (inputs: number, outputs: number): Trainable => ({
  kernel: new Float32Array(inputs * outputs),
  bias: new Float32Array(outputs),
  outputs,
});

/** For each class, the sum of input × weight, plus the bias. */
export function scoresOf(weights: Weights, input: Float32Array): Float64Array {
  return score(weights, { inputs: input, size: input.length }, 0);
}

/** The probability of each class for one input. */
export const sharesOf = (weights: Weights, input: Float32Array): Float64Array =>
  exactSoftmax(scoresOf(weights, input));

/**
 * Change the weights by a step: A ← A − η·mean of x(p − y), b ← b − η·mean of (p − y), over the
 * examples in these rows.
 */
export function trainBatch(
  weights: Weights,
  examples: Inputs & { readonly labels: ArrayLike<number> },
  rows: ArrayLike<number>,
  learningRate: number,
): void {
  const { kernel, bias, outputs } = weights;
  const { inputs, labels, size } = examples;
  const ofBias = size * outputs;
  if (gradient.length === ofBias + outputs) gradient.fill(0);
  else gradient = new Float64Array(ofBias + outputs);
  for (const row of Array.from(rows)) {
    const errors = score(weights, examples, row);
    exactSoftmax(errors, errors);
    errors[labels[row]!]! -= 1;
    for (let i = 0; i < size; i++) {
      const value = inputs[row * size + i]!;
      if (value !== 0)
        for (let j = 0; j < outputs; j++) gradient[i * outputs + j]! += value * errors[j]!;
    }
    for (let j = 0; j < outputs; j++) gradient[ofBias + j]! += errors[j]!;
  }
  const rate = learningRate / rows.length;
  for (let k = 0; k < ofBias; k++) kernel[k]! -= rate * gradient[k]!;
  for (let j = 0; j < outputs; j++) bias[j]! -= rate * gradient[ofBias + j]!;
}

/**
 * Each call of next() takes a step: every pass visits all examples once, in another order, and a
 * last, smaller batch counts, too.
 *
 * @param first The seed of the first pass; the next one has the next.
 */
export function* stepsOf(
  weights: Trainable,
  examples: Examples,
  batch: number,
  rate: number,
  first: number,
) {
  for (let seed = first; ; seed++) {
    const order = shuffled(examples.labels.length, seed);
    for (let from = 0; from < order.length; from += batch) {
      trainBatch(weights, examples, order.subarray(from, from + batch), rate);
      yield;
    }
  }
}

/** Index of the largest score; the first one if several are equal. */
export const answerOf = (scores: readonly number[] | Float32Array | Float64Array): number =>
  scores.indexOf(Math.max(...scores));

/** The share of the examples for which the class with the largest score is the true one. */
export function accuracyOf(weights: Weights, examples: Examples): number {
  const { labels } = examples;
  return (
    labels.reduce(
      (right, label, row) => right + Number(answerOf(score(weights, examples, row)) === label),
      0,
    ) / labels.length
  );
}

/**
 * An order of 0..count−1, from the seed alone: Fisher and Yates' shuffle with the numbers of
 * mulberry32.
 */
export function shuffled(count: number, seed: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, place) => place);
  let state = seed;
  for (let place = count - 1; place > 0; place--) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    const other = Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * (place + 1));
    [order[place], order[other]] = [order[other]!, order[place]!];
  }
  return order;
}

/**
 * A step's gradient, kernel and bias. Kept between the calls: each step would otherwise leave 60 kB
 * to be collected.
 */
let gradient = new Float64Array(0);

function score(
  { kernel, bias, outputs }: Weights,
  { inputs, size }: Inputs,
  row: number,
): Float64Array {
  const scores = new Float64Array(outputs);
  for (let i = 0; i < size; i++) {
    const value = inputs[row * size + i]!;
    if (value !== 0)
      for (let j = 0; j < outputs; j++) scores[j]! += value * kernel[i * outputs + j]!;
  }
  return scores.map((sum, j) => sum + bias[j]!);
}
