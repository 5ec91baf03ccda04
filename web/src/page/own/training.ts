// Training the visitor's own model. No DOM.
import { stepsOf, zeros, type Examples, type Trainable } from "../training/sgd.ts";
import { examplesOf, FEWEST, taughtOf, type Classes } from "./classes.ts";

/** As many as make a model of drawings sure, not certain, of what it was shown. */
const STEPS = 100;
const BATCH = 32;

export interface Learned {
  readonly weights: Trainable;
  /** The classes that have examples, in the order of the outputs. */
  readonly taught: Classes;
  readonly milliseconds: number;
}

/**
 * Null if there is too little to learn. It takes no longer than a few frames: the pictures are
 * small, and most of each is blank.
 */
export function learn(classes: Classes): Learned | null {
  const taught = taughtOf(classes);
  if (taught.length < FEWEST) return null;
  const from = performance.now();
  const weights = train(examplesOf(taught), taught.length);
  return { weights, taught, milliseconds: performance.now() - from };
}

/**
 * Train softmax(xA + b) from zero.
 *
 * The learning rate follows from the examples: a step is as long as the loss can bend. Its second
 * derivative is at most half the mean of |x|² + 1, so steps of the inverse of that never make it
 * worse over all examples.
 */
export function train(examples: Examples, outputs: number, steps = STEPS): Trainable {
  const weights = zeros(examples.size, outputs);
  const training = stepsOf(weights, examples, BATCH, rateFor(examples), 0);
  for (let step = 0; step < steps; step++) training.next();
  return weights;
}

export const rateFor = ({ inputs, labels }: Examples): number =>
  2 / (inputs.reduce((sum, value) => sum + value ** 2, 0) / labels.length + 1);
