// The score of a linear model as a sum over training images: push × (image · input + 1), see pipeline/training/pushes.py.
import type { Influence } from "../records.ts";

export interface Summand {
  /** In the list of images. */
  readonly place: number;
  readonly value: number;
}

export interface Summands {
  /** The largest summands above 0, largest first. */
  readonly strongestFor: readonly Summand[];
  /** The smallest summands below 0, smallest first. */
  readonly strongestAgainst: readonly Summand[];
  /** How many are above 0, and their sum. */
  readonly up: { readonly count: number; readonly sum: number };
  /** How many are below 0, and their sum. */
  readonly down: { readonly count: number; readonly sum: number };
}

/**
 * For each image, its ink times that of the input, pixel by pixel, plus 1 for the bias.
 *
 * @param factor By which the manifest scales ink to the model's input.
 */
export function overlapsOf(pictures: readonly Float32Array[], input: Float32Array, factor: number): Float64Array {
  return Float64Array.from(pictures, (picture) => {
    let product = 0;
    for (const [pixel, value] of input.entries()) {
      if (value !== 0) product += value * picture[pixel]!;
    }
    return factor * product + 1;
  });
}

/**
 * @param overlaps Of the images, in their order.
 * @param label Index of the class whose score is taken apart.
 * @param most How many of the strongest to list, at most.
 */
export function summandsOf(
  images: readonly Influence[],
  overlaps: Float64Array,
  label: number,
  most: number,
): Summands {
  const summands = images.map(({ pushes }, place) => ({ place, value: pushes[label]! * overlaps[place]! }));
  const above = summands.filter(({ value }) => value > 0).sort((a, b) => b.value - a.value);
  const below = summands.filter(({ value }) => value < 0).sort((a, b) => a.value - b.value);
  const total = (some: readonly Summand[]) => ({
    count: some.length,
    sum: some.reduce((sum, { value }) => sum + value, 0),
  });
  return {
    strongestFor: above.slice(0, most),
    strongestAgainst: below.slice(0, most),
    up: total(above),
    down: total(below),
  };
}
