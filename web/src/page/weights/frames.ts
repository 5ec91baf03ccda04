// The weights as they formed, before training and after every epoch: from history.json and snapshots.bin.
import { fail } from "../../runtime/errors.ts";
import type { LinearWeights } from "../../runtime/types.ts";
import type { History } from "../../runtime/schema.ts";
import { answerOf, sharesOf } from "../training/sgd.ts";

export interface Frame {
  /** Epochs taken so far. */
  readonly epoch: number;
  /** How many of the held-out images were answered correctly, 0..1; null if there are none. */
  readonly heldOut: number | null;
  /** inputs × outputs, row by row. */
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

/**
 * @param snapshots The content of snapshots.bin: a row of bytes for every epoch.
 * @throws ModelError `manifest`: the files do not match each other or the model.
 */
export function framesOf(history: History, snapshots: Uint8Array, linear: LinearWeights): readonly Frame[] {
  const size = linear.kernel.length;
  const row = size + linear.bias.length;
  const { epochs } = history;
  const rule = `history.json must describe snapshots as uint8, ${epochs.length} × ${row}`;
  const found = history.snapshots ?? fail("manifest", rule, null);
  const { dtype, shape, scale, min } = found;
  if (dtype !== "uint8" || shape.join() !== [epochs.length, row].join()) fail("manifest", rule, found);
  if (snapshots.length !== epochs.length * row)
    fail("manifest", `the file of snapshots must contain ${epochs.length * row} bytes`, snapshots.length);
  return epochs.map(({ epoch, validation_accuracy: heldOut }, index) => {
    const bytes = snapshots.subarray(index * row, (index + 1) * row);
    const weights = Float32Array.from(bytes, (byte) => scale * byte + min);
    return { epoch, heldOut, kernel: weights.subarray(0, size), bias: weights.subarray(size) };
  });
}

/** The answer of a model with these weights: its class, and the probability of that. */
export function answerAt({ kernel, bias }: Frame, input: Float32Array): readonly [label: number, share: number] {
  const shares = sharesOf({ kernel, bias, outputs: bias.length }, input);
  const label = answerOf(shares);
  return [label, shares[label]!];
}
