// The worker that trains, so that the page stays free. It works in slices, and tells where it is in
// between.
import { ModelError, type ModelErrorCode } from "../../runtime/errors.ts";
import type { ImageSize, ImageStep } from "../../runtime/schema.ts";
import { gunzip } from "../gunzip.ts";
import { examplesOf, prepare, unpack } from "../training/pictures.ts";
import { accuracyOf, stepsOf, zeros } from "../training/sgd.ts";

export interface Plan {
  readonly rate: number;
  /** Images in a step. */
  readonly batch: number;
  readonly epochs: number;
  readonly seed: number;
  /** The model's input where a pixel is full of ink. */
  readonly full: number;
}

/** Train from nothing. */
export interface Order {
  /** Compressed, as published. */
  readonly training: Uint8Array;
  readonly heldOut: Uint8Array;
  readonly image: ImageSize;
  readonly steps: readonly ImageStep[];
  /** Classes. */
  readonly outputs: number;
  readonly plan: Plan;
}

/** Where the training is. */
export interface Trained {
  readonly kind: "trained";
  readonly steps: number;
  /** Steps of the whole training. */
  readonly total: number;
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
  /** The share of the held-out images that were read rightly after so many steps, since the last report; the last one is of
   * these weights. */
  readonly measured: readonly (readonly [step: number, share: number])[];
  /** Their number. */
  readonly heldOut: number;
}

export type News =
  | Trained
  | { readonly kind: "failed"; readonly code: ModelErrorCode | null; readonly message: string };

declare const self: {
  onmessage: ((event: MessageEvent<Order>) => void) | null;
  readonly postMessage: (news: News) => void;
};

/**
 * In milliseconds. Between two slices the page is told where the training is; the first one shows
 * the first step.
 */
const SLICE = 40;
const PAUSE = 10;
/**
 * In which time a training is done, if it can be computed that fast: slow enough to be watched.
 * Nearly all is learned in the first steps, so each doubling of their number takes as long as the
 * next one.
 */
const DURATION = 3000;
/**
 * So often in a training the accuracy is measured, besides before each report: enough for a curve.
 */
const MEASURES = 100;

self.onmessage = ({ data: order }) => {
  train(order).catch((error: unknown) => {
    const code = error instanceof ModelError ? error.code : null;
    self.postMessage({
      kind: "failed",
      code,
      message: error instanceof Error ? error.message : String(error),
    });
  });
};

async function train({ training, heldOut, image, steps, outputs, plan }: Order): Promise<void> {
  const size = image.height * image.width;
  const read = async (file: Uint8Array, name: string) => {
    const pictures = unpack(await gunzip(file, name), size, name);
    prepare(pictures, image, steps);
    return examplesOf(pictures, plan.full);
  };
  const examples = await read(training, "training_images");
  const unseen = await read(heldOut, "held_out_images");
  const weights = zeros(size, outputs);
  const session = stepsOf(weights, examples, plan.batch, plan.rate, plan.seed + 1);
  const total = plan.epochs * Math.ceil(examples.labels.length / plan.batch);
  let taken = 0;
  let measured: (readonly [number, number])[] = [];
  const measure = () => {
    if (measured.at(-1)?.[0] !== taken) measured.push([taken, accuracyOf(weights, unseen)]);
  };
  const report = () => {
    measure();
    self.postMessage({
      kind: "trained",
      steps: taken,
      total,
      ...weights,
      measured,
      heldOut: unseen.labels.length,
    });
    measured = [];
  };

  report();
  const begun = performance.now();
  while (taken < total) {
    const sliced = performance.now();
    const before = taken;
    while (taken < due(total, performance.now() - begun) && performance.now() - sliced < SLICE) {
      session.next();
      taken++;
      if (taken % Math.ceil(total / MEASURES) === 0) measure();
    }
    if (taken > before) report();
    await new Promise((resume) => setTimeout(resume, PAUSE));
  }
}

/** The number of steps that should have been taken after so many milliseconds. */
const due = (total: number, milliseconds: number): number =>
  Math.min(total, Math.floor(total ** (milliseconds / DURATION)));
