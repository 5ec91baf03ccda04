// Tell whether an input is like the images that its class was learned from. The rule and its limits are the pipeline's
// (pipeline/quality/familiar.py, its twin), which also measured how often it is wrong. No DOM.
import { fail } from "./errors.ts";
import type { Familiarity, ImageSize } from "./schema.ts";

/** The file `familiar`, as far as the rule needs it. Its pictures are in the file `familiar_pictures`. */
export type Rule = Pick<Familiarity, "inputs" | "pool" | "directions" | "mean" | "direction" | "limits">;

export interface Familiar<Record extends Rule = Rule> {
  readonly record: Record;
  readonly size: ImageSize;
  /** For each class its mean, then its principal directions, `inputs` numbers each. */
  readonly pictures: Float32Array;
}

/** @throws ModelError `integrity`: the two files do not match. */
export function familiarFrom<Record extends Rule>(
  record: Record,
  bytes: Uint8Array,
  size: ImageSize,
): Familiar<Record> {
  const { directions, inputs, mean, direction, limits } = record;
  const expected = limits.length * (1 + directions) * inputs;
  if (bytes.length !== expected) fail("integrity", `familiar_pictures must have ${expected} bytes`, bytes.length);
  const pictures = Float32Array.from(bytes, (byte, place) => {
    const { scale, min } = Math.floor(place / inputs) % (1 + directions) === 0 ? mean : direction;
    return scale * byte + min;
  });
  return { record, pictures, size };
}

/** The input of a picture model, averaged over squares of `pool` × `pool` pixels. */
function pooled(input: Float32Array, { height, width, channels }: ImageSize, pool: number): Float32Array {
  const result = new Float32Array(input.length / pool ** 2);
  let from = 0;
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / pool) * (width / pool);
    for (let x = 0; x < width; x++) {
      const to = (row + Math.floor(x / pool)) * channels;
      for (let channel = 0; channel < channels; channel++) result[to + channel]! += input[from++]! / pool ** 2;
    }
  }
  return result;
}

/** The squared distance of an input to the mean of a class, without what lies along the class' principal directions. */
export function distanceTo({ record, pictures, size }: Familiar, whole: Float32Array, label: number): number {
  const { inputs, directions, pool } = record;
  const start = label * (1 + directions) * inputs;
  const apart = pooled(whole, size, pool);
  let distance = 0;
  for (let i = 0; i < inputs; i++) distance += (apart[i]! -= pictures[start + i]!) ** 2;
  for (let direction = 1; direction <= directions; direction++) {
    let along = 0;
    for (let i = 0; i < inputs; i++) along += apart[i]! * pictures[start + direction * inputs + i]!;
    distance -= along * along;
  }
  return distance;
}

/** The distance of an input to its class, where 1 is the limit. */
export const relativeDistance = (familiar: Familiar, input: Float32Array, label: number): number =>
  Math.sqrt(Math.max(0, distanceTo(familiar, input, label)) / (familiar.record.limits[label] ?? Infinity));
