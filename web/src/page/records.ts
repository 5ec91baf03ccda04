// The contents of the JSON files beside a model, by their key in the manifest's `files`, as far as the page reads them. They
// are written by the pipeline.

import type { Rule } from "../runtime/familiar.ts";

export interface Records {
  readonly evaluation: Evaluation;
  readonly history: History;
  readonly reference: Reference;
  readonly familiar: Familiar;
}

/** How the model classified the test images. */
export interface Evaluation {
  /** How many images of each true class (row) were classified as each class (column). */
  readonly confusion: readonly (readonly number[])[];
  readonly reliability: readonly ReliabilityBin[];
  /** The images of the first of them are in the file `mistake_images`, in the same order. */
  readonly mistakes: readonly Mistake[];
  /** Null if no drawings were read: the classes are not the ten digits. */
  readonly drawings: Drawings | null;
}

/** How drawings were read that a program makes with strokes of its own. */
export interface Drawings {
  readonly drawings: number;
  readonly accuracy: number;
  readonly accuracy_interval: readonly [low: number, high: number];
  /** Mean of the largest probability. */
  readonly confidence: number;
}

/** What is like the training images of a class, and how often that is wrong. */
export interface Familiar extends Rule {
  /** Share of a class' training images within its limit. */
  readonly within: number;
  /** How often the rule calls these unlike their class. */
  readonly test: Flagged;
  readonly drawings: Flagged | null;
  /** Letters and things, none of which is of any class. */
  readonly signs: Flagged | null;
}

export interface Flagged {
  readonly images: number;
  readonly flagged: number;
}

/** The answers with a probability in `lower`..`upper`; the means are null if there are none. */
export interface ReliabilityBin {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
  readonly confidence: number | null;
  readonly accuracy: number | null;
}

export interface TestImage {
  /** In the test set. */
  readonly index: number;
  /** Index of the true class. */
  readonly label: number;
}

/** A misclassified test image. */
export interface Mistake extends TestImage {
  /** Index of the predicted class. */
  readonly predicted: number;
  /** Of `predicted`, 0..1. */
  readonly probability: number;
  /** Of `label`, 0..1. */
  readonly label_probability: number;
}

/** The history of the training. */
export interface History {
  readonly epochs: readonly Epoch[];
  /** Null for models whose weights cannot be shown as images. */
  readonly snapshots?: Snapshots | null;
}

export interface Epoch {
  /** 0 is the state before the first training step. */
  readonly epoch: number;
  /** On the validation images; null if there are none. */
  readonly validation_accuracy: number | null;
}

/** Weights as bytes: weight = scale × byte + min. One row per epoch: the kernel, row by row, then the bias. */
export interface Snapshots {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly scale: number;
  readonly min: number;
}

/** Test images with Keras' own probabilities. Their pixels are in the file `reference_images`, in the same order. */
export interface Reference {
  readonly height: number;
  readonly width: number;
  readonly images: readonly ReferenceImage[];
}

export interface ReferenceImage extends TestImage {
  readonly probabilities: readonly number[];
}
