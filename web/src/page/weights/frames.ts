// The weights as they formed: before the first step, after some steps of the first epoch, and after every epoch. From
// history.json, snapshots.bin and first-steps.bin.
import { fail } from "../../runtime/errors.ts";
import type { LinearWeights } from "../../runtime/types.ts";
import type { History } from "../records.ts";

export interface Frame {
  /** Training steps taken so far. */
  readonly step: number;
  /** Epochs taken so far; null within the first one. */
  readonly epoch: number | null;
  /** How many of the held-out images were answered correctly, 0..1; null if there are none. */
  readonly heldOut: number | null;
  /** inputs × outputs, row by row. */
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

interface Coding {
  readonly scale: number;
  readonly min: number;
}

/**
 * @param snapshots The content of snapshots.bin: a row of bytes for every epoch.
 * @param firstSteps That of first-steps.bin; null for a version that has none.
 * @param stepsPerEpoch Training steps in an epoch.
 * @throws ModelError `manifest`: the files do not match each other or the model.
 */
export function framesOf(
  history: History,
  snapshots: Uint8Array,
  firstSteps: Uint8Array | null,
  linear: LinearWeights,
  stepsPerEpoch: number,
): readonly Frame[] {
  const size = linear.kernel.length;
  const row = size + linear.bias.length;
  const read = (bytes: Uint8Array, index: number, { scale, min }: Coding) => {
    const weights = Float32Array.from(bytes.subarray(index * row, (index + 1) * row), (byte) => scale * byte + min);
    return { kernel: weights.subarray(0, size), bias: weights.subarray(size) };
  };

  const { epochs } = history;
  const coding = requireRows("snapshots", history.snapshots, snapshots, epochs.length, row);
  const ofEpochs = epochs.map(({ epoch, validation_accuracy: heldOut }, index) => {
    return { step: epoch * stepsPerEpoch, epoch, heldOut, ...read(snapshots, index, coding) };
  });
  const steps = (firstSteps && history.first_steps?.steps) ?? [];
  if (!firstSteps || steps.length === 0) return ofEpochs;
  requireRows("first_steps", history.first_steps, firstSteps, steps.length, row);
  const ofSteps = steps.map(({ step, validation_accuracy: heldOut, scale, min }, index) => {
    return { step, epoch: null, heldOut, ...read(firstSteps, index, { scale, min }) };
  });
  return [...ofEpochs, ...ofSteps].sort((a, b) => a.step - b.step);
}

/** What history.json says of a file of weights, if it fits. */
function requireRows<T extends { readonly dtype: string; readonly shape: readonly number[] }>(
  key: string,
  described: T | null | undefined,
  bytes: Uint8Array,
  rows: number,
  row: number,
): T {
  const rule = `history.json must describe ${key} as uint8, ${rows} × ${row}`;
  const found = described ?? fail("manifest", rule, null);
  if (found.dtype !== "uint8" || found.shape.join() !== [rows, row].join()) fail("manifest", rule, found);
  if (bytes.length !== rows * row)
    fail("manifest", `the file of ${key} must contain ${rows * row} bytes`, bytes.length);
  return found;
}

/** What a model with these weights would answer: its class, and the probability of that. */
export function answerAt({ kernel, bias }: Frame, input: Float32Array): readonly [label: number, share: number] {
  const outputs = bias.length;
  const scores = Float64Array.from(bias);
  for (const [row, value] of input.entries()) {
    if (value === 0) continue;
    for (let column = 0; column < outputs; column++) scores[column]! += value * kernel[row * outputs + column]!;
  }
  const most = Math.max(...scores);
  const total = scores.reduce((sum, score) => sum + Math.exp(score - most), 0);
  return [scores.indexOf(most), 1 / total];
}
