// What the JSON files beside a model hold, by their key in the manifest's `files`: as much of it as the page reads. Twin of
// what pipeline/records.py and pipeline/samples.py write.

export interface Records {
  readonly evaluation: Evaluation;
  readonly history: History;
  readonly reference: Reference;
}

/** What the model did with the test images. */
export interface Evaluation {
  readonly test_images: number;
  /** Of each true class (row), how many images were read as each class (column). */
  readonly confusion: readonly (readonly number[])[];
  readonly reliability: readonly ReliabilityBin[];
  /** The first of them have their images in the file `mistake_images`, in the same order. */
  readonly mistakes: readonly Mistake[];
}

/** The answers whose probability lay in `lower`..`upper`; its means are null where there are none. */
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

/** A test image that was misread. */
export interface Mistake extends TestImage {
  /** Index of the class that it was read as. */
  readonly predicted: number;
  /** Of `predicted`, 0..1. */
  readonly probability: number;
  /** Of `label`, 0..1. */
  readonly label_probability: number;
}

/** How the model learned. */
export interface History {
  readonly epochs: readonly Epoch[];
  /** Null for models whose weights are no pictures. */
  readonly snapshots?: Snapshots | null;
}

export interface Epoch {
  /** 0 is the state before the first step. */
  readonly epoch: number;
  /** On the training images, while they were learnt; null before the first step. */
  readonly loss: number | null;
  readonly accuracy: number | null;
  /** On images that training never saw; null where none were held back. */
  readonly validation_loss: number | null;
  readonly validation_accuracy: number | null;
}

/** Weights as bytes: weight = scale × byte + min. One row for each epoch: the kernel, row by row, then the bias. */
export interface Snapshots {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly scale: number;
  readonly min: number;
}

/** Test images with Keras' own probabilities; the pictures are in the file `reference_images`, in the same order. */
export interface Reference {
  readonly height: number;
  readonly width: number;
  readonly images: readonly ReferenceImage[];
}

export interface ReferenceImage extends TestImage {
  readonly probabilities: readonly number[];
}
