// Tell whether an input is like what the model knows: a small network beside it tells digits from
// what is none. It was learned and measured by the pipeline (pipeline/quality/familiar.py, its
// twin). No DOM.
import { fail } from "./errors.ts";
import type { Familiarity, ImageSize } from "./schema.ts";
import { each, has, is, size as count } from "./shape.ts";

/**
 * The file `familiar`, as far as the rule needs it. The weights of its hidden units are in
 * `familiar_weights`.
 */
export type Rule = Pick<Familiarity, "inputs" | "pool" | "hidden" | "biases" | "outputs" | "bias">;

export interface Familiar<Record extends Rule = Rule> {
  readonly record: Record;
  readonly size: ImageSize;
  /** `inputs` bytes for each hidden unit. */
  readonly weights: Uint8Array;
}

const number = is("a number", (value) => typeof value === "number");
const check = has({
  inputs: count,
  pool: count,
  hidden: has({ scale: number, min: number }),
  biases: each(number),
  outputs: each(number),
  bias: number,
});

/**
 * Check the two files of a rule.
 *
 * @param record The file `familiar`, which may hold anything.
 * @param size Of the model's input, in pixels.
 * @throws ModelError `manifest`: the record is no rule for pictures of this size; `integrity`: it
 * does not match the weights.
 */
export function familiarFrom<Record extends Rule>(
  record: Record,
  weights: Uint8Array,
  size: ImageSize,
): Familiar<Record> {
  check(record, "familiar");
  const { inputs, pool, biases, outputs } = record;
  if (inputs * pool ** 2 !== size.height * size.width || outputs.length !== biases.length)
    fail("manifest", "The rule of `familiar` must fit the model's pictures", { inputs, pool });
  const expected = biases.length * inputs;
  if (weights.length !== expected)
    fail("integrity", `familiar_weights must have ${expected} bytes`, weights.length);
  return { record, weights, size };
}

/** The grey input of a picture model, averaged over squares of `pool` × `pool` pixels. */
function pooled(input: Float32Array, { height, width }: ImageSize, pool: number): Float32Array {
  const result = new Float32Array(input.length / pool ** 2);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / pool) * (width / pool);
    for (let x = 0; x < width; x++)
      result[row + Math.floor(x / pool)]! += input[y * width + x]! / pool ** 2;
  }
  return result;
}

/** How far an input is from what the model knows, from 0 to 2, where 1 is the limit. */
export function distanceOf({ record, weights, size }: Familiar, input: Float32Array): number {
  const { inputs, pool, hidden, biases, outputs, bias } = record;
  const picture = pooled(input, size, pool);
  const score = biases.reduce((sum, start, unit) => {
    let value = start;
    for (let i = 0; i < inputs; i++)
      value += picture[i]! * (hidden.scale * weights[unit * inputs + i]! + hidden.min);
    return sum + outputs[unit]! * Math.max(0, value);
  }, bias);
  return 2 / (1 + Math.exp(-score));
}
