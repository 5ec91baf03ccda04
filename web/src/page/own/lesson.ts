// The visitor's own model: trained again whenever the examples change, then tested by leaving them out.
import { sharesOf, type Examples, type Trainable } from "../training/sgd.ts";
import { examplesOf, FEWEST, taughtOf, type Classes } from "./classes.ts";
import { fromBytes, toInput, type Preparation } from "./preparation.ts";
import { inSlices } from "./slices.ts";
import { leavingOut, training } from "./training.ts";

export interface Learned {
  readonly weights: Trainable;
  /** Examples of the classes that have any, in this order. */
  readonly examples: Examples;
  readonly milliseconds: number;
}

export interface Report {
  /** @param learned Null if there is too little to learn. */
  readonly onLearned: (learned: Learned | null) => void;
  /** Not called where a class has a single example: without it, there would be nothing to guess it from. */
  readonly onTested: (guesses: Uint8Array, labels: Uint8Array) => void;
}

export class Lesson {
  readonly #preparation: Preparation;
  readonly #report: Report;
  /** Inputs by picture, cached: most examples stay when one is added. */
  readonly #inputs = new WeakMap<Uint8Array, Float32Array>();
  #running = new AbortController();
  #learned: Learned | null = null;

  constructor(preparation: Preparation, report: Report) {
    this.#preparation = preparation;
    this.#report = report;
  }

  /** Null while there is too little to learn, and during training. */
  get learned(): Learned | null {
    return this.#learned;
  }

  async learn(classes: Classes): Promise<void> {
    this.#running.abort();
    this.#running = new AbortController();
    const { signal } = this.#running;
    this.#learned = null;
    const taught = taughtOf(classes);
    if (taught.length < FEWEST) {
      this.#report.onLearned(null);
      return;
    }
    const examples = await inSlices(this.#prepare(taught), signal);
    if (!examples) return;
    const from = performance.now();
    const weights = await inSlices(training(examples, taught.length), signal);
    if (!weights) return;
    this.#learned = { weights, examples, milliseconds: performance.now() - from };
    this.#report.onLearned(this.#learned);
    if (taught.some((one) => one.examples.length < 2)) return;
    const guesses = await inSlices(leavingOut(examples, taught.length), signal);
    if (guesses) this.#report.onTested(guesses, examples.labels);
  }

  *#prepare(taught: Classes): Generator<undefined, Examples> {
    for (const { ink } of taught.flatMap(({ examples }) => examples)) {
      if (!this.#inputs.has(ink)) this.#inputs.set(ink, toInput(fromBytes(ink), this.#preparation));
      yield;
    }
    return examplesOf(taught, (ink) => this.#inputs.get(ink)!);
  }

  /** The probability of each class that has examples; null while nothing is learned. */
  answer(picture: Float32Array): Float64Array | null {
    return this.#learned && sharesOf(this.#learned.weights, toInput(picture, this.#preparation));
  }
}
