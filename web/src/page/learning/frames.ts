// The weights as they formed: those of the published training, in history.json and film.bin, or of
// one on this page, and the accuracy meanwhile. No DOM.
import { fail } from "../../runtime/errors.ts";
import type { History } from "../../runtime/schema.ts";
import type { LinearWeights } from "../../runtime/types.ts";

/** The weights after so many steps. */
export interface Frame {
  /** Null if unknown. */
  readonly step: number | null;
  /** inputs × outputs, row by row; null if it has not come that far. */
  readonly kernel: Float32Array | null;
}

export interface Film {
  /** About six, at even distances on the axis, which is even in log(1 + step). */
  readonly frames: readonly Frame[];
  /** The share of images that no training saw which is read rightly, after so many steps. */
  readonly curve: readonly (readonly [step: number, share: number])[];
  /** Steps of the whole training. */
  readonly total: number;
}

/** Pictures in the figure. */
export const COUNT = 6;

/** A film whose files are not there yet. */
export const AWAITED: Film = {
  frames: Array(COUNT).fill({ step: null, kernel: null }),
  curve: [],
  total: 0,
};

/** The position of a step between the first one and the last, 0..1. */
export const positionOf = (step: number, total: number): number =>
  Math.log1p(step) / Math.log1p(total);

/** Steps at even distances from the first one to the last. */
export const evenSteps = (total: number): readonly number[] =>
  Array.from({ length: COUNT }, (_, place) =>
    Math.round(Math.expm1((place / (COUNT - 1)) * Math.log1p(total))),
  );

/**
 * The film of a published model.
 *
 * @param bytes The content of film.bin: a row for every moment.
 * @param epochSteps Steps in an epoch.
 * @throws ModelError `manifest`: the files do not match each other or the model.
 */
export function published(
  { epochs, film: found }: History,
  bytes: Uint8Array,
  { kernel, bias }: LinearWeights,
  epochSteps: number,
): Film {
  const row = kernel.length + bias.length;
  const rule = `history.json must describe film.bin as uint8, so many steps × ${row}`;
  const { dtype, shape, steps, accuracies, scales } = found ?? fail("manifest", rule, null);
  const rows = [shape[0], accuracies.length, scales.length, bytes.length / row];
  if (dtype !== "uint8" || shape[1] !== row || rows.some((count) => count !== steps.length))
    fail("manifest", rule, { ...found, bytes: bytes.length });
  const frames = steps.map((step, index) => {
    const own = bytes.subarray(index * row, index * row + kernel.length);
    return { step, kernel: Float32Array.from(own, (byte) => scales[index]! * (byte - 64)) };
  });
  const measured = new Map(
    epochs.map((one) => [one.epoch * epochSteps, one.validation_accuracy] as const),
  );
  for (const [index, step] of steps.entries()) measured.set(step, accuracies[index]!);
  const curve = [...measured]
    .flatMap(([step, share]) => (share === null ? [] : [[step, share] as const]))
    .sort(([a], [b]) => a - b);
  return { frames, curve, total: steps.at(-1)! };
}
