// Training the visitor's own model, and how good it is. No DOM. Both are generators, so that the page can do them in slices.
import { answerOf, scoresOf, shuffled, trainBatch, zeros, type Examples, type Trainable } from "../training/sgd.ts";

/** As many as make a model of drawings sure, not certain, of what it was shown. */
const STEPS = 100;
const BATCH = 32;
/** In so many parts the examples are left out, one part after the other; fewer examples are left out one by one. */
const PARTS = 10;

/**
 * Train softmax(xA + b) from zero on the examples in these rows, a step at a time.
 *
 * The learning rate follows from the examples: a step is as long as the loss can bend. Its second derivative is at most half
 * the mean of |x|² + 1, so steps of the inverse of that never make it worse over all examples.
 */
export function* training(
  examples: Examples,
  outputs: number,
  rows: Uint32Array = Uint32Array.from(examples.labels, (_, row) => row),
): Generator<Trainable, Trainable> {
  const weights = zeros(examples.size, outputs);
  const rate = rateFor(examples, rows);
  for (let step = 0, pass = 0; step < STEPS; pass++) {
    const order = shuffled(rows.length, pass).map((place) => rows[place]!);
    for (let from = 0; from < order.length && step < STEPS; from += BATCH, step++) {
      trainBatch(weights, examples, order.subarray(from, from + BATCH), rate);
      yield weights;
    }
  }
  return weights;
}

export function rateFor({ inputs, size }: Examples, rows: Uint32Array): number {
  let squares = 0;
  for (const row of rows) {
    for (let i = row * size; i < (row + 1) * size; i++) squares += inputs[i]! ** 2;
  }
  return 2 / (squares / rows.length + 1);
}

/**
 * Guess each example by a model that was trained without it, and without the others of its part.
 *
 * @returns The class that each was read as.
 */
export function* leavingOut(examples: Examples, outputs: number): Generator<Trainable, Uint8Array> {
  const { labels, inputs, size } = examples;
  const parts = Math.min(PARTS, labels.length);
  const guesses = new Uint8Array(labels.length);
  for (let part = 0; part < parts; part++) {
    const all = Uint32Array.from(labels, (_, row) => row);
    // Every so many-th: the examples are listed class by class, so no part holds all of one.
    const weights = yield* training(
      examples,
      outputs,
      all.filter((row) => row % parts !== part),
    );
    for (const row of all.filter((row) => row % parts === part)) {
      guesses[row] = answerOf(scoresOf(weights, inputs.subarray(row * size, (row + 1) * size)));
    }
  }
  return guesses;
}

/** Wilson's interval, with 95 % confidence, for a share of which `right` of `of` were seen. */
export function interval(right: number, of: number): readonly [low: number, high: number] {
  const z = 1.959964; // of the normal distribution
  const share = right / of;
  const middle = share + z ** 2 / (2 * of);
  const half = z * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2));
  const divisor = 1 + z ** 2 / of;
  return [Math.max(0, (middle - half) / divisor), Math.min(1, (middle + half) / divisor)];
}
