// What history.json and snapshots.bin say: how well the model did after each epoch, and its weights then.
import { fail } from "../../runtime/errors.ts";
import type { LinearWeights } from "../../runtime/types.ts";

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

export interface History {
  readonly epochs: readonly Epoch[];
  readonly snapshots: Snapshots | null;
}

/**
 * The kernels of all epochs, inputs × outputs each, row by row.
 *
 * @throws ModelError `manifest`: the files do not fit one another or the model.
 */
export function kernelsOf(history: History, bytes: Uint8Array, linear: LinearWeights): Float32Array[] {
  const { epochs } = history;
  const size = linear.kernel.length;
  const row = size + linear.bias.length;
  const rule = `history.json must describe snapshots as uint8, ${epochs.length} × ${row}`;
  const snapshots = history.snapshots ?? fail("manifest", rule, null);
  if (snapshots.dtype !== "uint8" || snapshots.shape.join() !== [epochs.length, row].join()) {
    fail("manifest", rule, snapshots);
  }
  if (bytes.length !== epochs.length * row) {
    fail("manifest", `snapshots.bin must have ${epochs.length * row} bytes`, bytes.length);
  }
  const { scale, min } = snapshots;
  return epochs.map((_, index) =>
    Float32Array.from(bytes.subarray(index * row, index * row + size), (byte) => scale * byte + min),
  );
}
