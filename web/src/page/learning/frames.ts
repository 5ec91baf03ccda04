// The weights as they formed: those after each epoch from history.json and snapshots.bin, or those of a training on this page,
// and the accuracy meanwhile. No DOM.
import { fail } from "../../runtime/errors.ts";
import type { History } from "../../runtime/schema.ts";
import type { LinearWeights } from "../../runtime/types.ts";

/** The weights after so many steps. */
export interface Frame {
  readonly step: number;
  /** inputs × outputs, row by row; null if it has not come that far. */
  readonly kernel: Float32Array | null;
}

export interface Film {
  /** About six, at even distances on the axis. */
  readonly frames: readonly Frame[];
  /** The share of images that no training saw which is read rightly, after so many steps. */
  readonly curve: readonly (readonly [step: number, share: number])[];
  /** Steps of the whole training, and of its shortest part that is known: the axis is even in log(1 + step / unit). */
  readonly total: number;
  readonly unit: number;
}

/** Pictures in the figure. */
export const COUNT = 6;

/** The position of a step between the first one and the last, 0..1. */
export const positionOf = (step: number, { total, unit }: Pick<Film, "total" | "unit">): number =>
  Math.log1p(step / unit) / Math.log1p(total / unit);

/** Steps at even distances from the first one to the last. */
export const evenSteps = ({ total, unit }: Pick<Film, "total" | "unit">): readonly number[] =>
  Array.from({ length: COUNT }, (_, place) =>
    Math.round(unit * Math.expm1((place / (COUNT - 1)) * Math.log1p(total / unit))),
  );

/** A training of so many epochs, as long as its files are not there. */
export function awaited(epochs: number, steps: number): Film {
  const axis = { total: steps * epochs, unit: steps };
  const away = (epoch: number, step: number) => Math.abs(positionOf(epoch * steps, axis) - positionOf(step, axis));
  const all = Array.from({ length: epochs + 1 }, (_, epoch) => epoch);
  const nearest = evenSteps(axis).map((step) =>
    all.reduce((best, epoch) => (away(epoch, step) < away(best, step) ? epoch : best)),
  );
  return { frames: [...new Set(nearest)].map((epoch) => ({ step: epoch * steps, kernel: null })), curve: [], ...axis };
}

/**
 * The film of a published model.
 *
 * @param snapshots The content of snapshots.bin: a row of bytes for every epoch.
 * @param steps Steps in an epoch.
 * @throws ModelError `manifest`: the files do not match each other or the model.
 */
export function published(history: History, snapshots: Uint8Array, linear: LinearWeights, steps: number): Film {
  const size = linear.kernel.length;
  const row = size + linear.bias.length;
  const { epochs } = history;
  const rule = `history.json must describe snapshots as uint8, ${epochs.length} × ${row}`;
  const found = history.snapshots ?? fail("manifest", rule, null);
  const { dtype, shape, scale, min } = found;
  if (dtype !== "uint8" || shape.join() !== [epochs.length, row].join()) fail("manifest", rule, found);
  if (snapshots.length !== epochs.length * row)
    fail("manifest", `the file of snapshots must contain ${epochs.length * row} bytes`, snapshots.length);
  // A byte is as near to a weight as the scale allows: what is as near to 0 may be 0, as all are before the first step.
  const weightOf = (byte: number) => (Math.abs(scale * byte + min) <= scale / 2 ? 0 : scale * byte + min);
  const film = awaited(epochs.length - 1, steps);
  const frames = film.frames.map(({ step }) => {
    const start = (step / steps) * row;
    return { step, kernel: Float32Array.from(snapshots.subarray(start, start + size), weightOf) };
  });
  const curve = epochs.flatMap(({ epoch, validation_accuracy: share }) =>
    share === null ? [] : [[epoch * steps, share] as const],
  );
  return { ...film, frames, curve };
}
