// Training softmax(xA + b) from nothing, by stochastic gradient descent on batches of examples, as Keras does: the loss is the
// mean cross-entropy of a batch, and weights are float32. Most pixels are blank, and a blank one changes nothing.

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

/** One step: A ← A − η·mean of x(p − y), b ← b − η·mean of (p − y), over the examples in these rows. */
export function trainBatch(
  weights: Trainable,
  examples: Examples,
  rows: ArrayLike<number>,
  learningRate: number,
): void {
  const { kernel, bias, outputs } = weights;
  const { labels, size } = examples;
  const ofBias = size * outputs;
  if (gradient.length === ofBias + outputs) gradient.fill(0);
  else gradient = new Float64Array(ofBias + outputs);
  const errors = new Float64Array(outputs);
  for (const row of Array.from(rows)) {
    score(weights, examples, row, errors);
    softmax(errors);
    errors[labels[row]!]! -= 1;
    addGradient(errors);
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

/** The shares of the classes for one input. */
export function sharesOf(weights: Trainable, input: Float32Array): Float64Array {
  const shares = new Float64Array(weights.outputs);
  score(weights, { inputs: input, size: input.length }, 0, shares);
  softmax(shares);
  return shares;
}

/** An order of 0..count−1, from the seed alone: Fisher and Yates' shuffle with the numbers of mulberry32. */
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

// Kept between the calls: each step would otherwise leave 60 kB to be collected.
/** Of a step: kernel and bias. */
let gradient = new Float64Array(0);
/** What is not blank in the example at hand: its numbers, and where the weights of each begin. `count` is how many. */
let inked = new Float64Array(0);
let begins = new Int32Array(0);
let count = 0;

/** Also notes what is not blank in the example. Five classes at a time share what is read: half the time. */
function score(
  { kernel, bias, outputs }: Trainable,
  { inputs, size }: Pick<Examples, "inputs" | "size">,
  row: number,
  scores: Float64Array,
): void {
  if (inked.length < size) [inked, begins] = [new Float64Array(size), new Int32Array(size)];
  const start = row * size;
  count = 0;
  for (let i = 0; i < size; i++) {
    const value = inputs[start + i]!;
    if (value === 0) continue;
    inked[count] = value;
    begins[count++] = i * outputs;
  }
  const [values, places, used] = [inked, begins, count];
  let j = 0;
  for (; j + 5 <= outputs; j += 5) {
    let [a, b, c, d, e] = [0, 0, 0, 0, 0];
    for (let k = 0; k < used; k++) {
      const value = values[k]!;
      const at = places[k]! + j;
      a += value * kernel[at]!;
      b += value * kernel[at + 1]!;
      c += value * kernel[at + 2]!;
      d += value * kernel[at + 3]!;
      e += value * kernel[at + 4]!;
    }
    scores.set([a, b, c, d, e], j);
  }
  for (; j < outputs; j++) {
    scores[j] = 0;
    for (let k = 0; k < used; k++) scores[j]! += values[k]! * kernel[places[k]! + j]!;
  }
  for (j = 0; j < outputs; j++) scores[j]! += bias[j]!;
}

/** Add what the example that was scored last makes of these errors. */
function addGradient(errors: Float64Array): void {
  const [values, places, used, sums] = [inked, begins, count, gradient];
  let j = 0;
  for (; j + 5 <= errors.length; j += 5) {
    const [a, b, c, d, e] = [errors[j]!, errors[j + 1]!, errors[j + 2]!, errors[j + 3]!, errors[j + 4]!];
    for (let k = 0; k < used; k++) {
      const value = values[k]!;
      const at = places[k]! + j;
      sums[at]! += value * a;
      sums[at + 1]! += value * b;
      sums[at + 2]! += value * c;
      sums[at + 3]! += value * d;
      sums[at + 4]! += value * e;
    }
  }
  for (; j < errors.length; j++) {
    for (let k = 0; k < used; k++) sums[places[k]! + j]! += values[k]! * errors[j]!;
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
