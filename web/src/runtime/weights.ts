// Weights as TensorFlow.js stores them: one after another, in the order of their specs.
import { unsupported } from "./dense/topology.ts";
import { fail } from "./errors.ts";
import { asRecord, entry, isShape, sizeOf } from "./json.ts";

export interface Weight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Bytes per value of the types that weights may be stored as, by name. */
export const PACKED_BYTES = { float16: 2, uint16: 2, uint8: 1 };

/**
 * Decode weights exactly as TensorFlow.js does: an affine quantised value is `q * scale + min` in
 * double precision, rounded to float32.
 *
 * @param specs The `weights` of all groups of a model.json's `weightsManifest`, in order.
 * @param data All shards, concatenated.
 * @throws ModelError `unsupported`: a dtype that no Dense layer can have; `integrity`: more or
 * fewer bytes than the
 *   specs require, a duplicate name, a malformed spec, or a value that is not finite.
 */
export function decodeWeights(specs: readonly unknown[], data: Uint8Array): Map<string, Weight> {
  const weights = new Map<string, Weight>();
  let start = 0;
  for (const spec of specs) {
    const { name, shape, dtype, quantization = null } = asRecord(spec);
    const { dtype: packing, scale, min } = asRecord(quantization);
    const bytes = quantization === null ? 4 : entry(PACKED_BYTES, packing);
    if (dtype !== "float32" || !bytes) {
      return unsupported();
    }
    if (typeof name !== "string" || weights.has(name) || !isShape(shape)) {
      return fail("integrity", "A weight must have a unique name and a shape", spec);
    }
    const end = start + sizeOf(shape) * bytes;
    // Checked before anything is allocated: a shape may claim more than any file holds.
    if (!(end <= data.length))
      fail("integrity", `Weights up to ${name} need ${end} bytes`, data.length);
    const { buffer } = data.slice(start, end); // a copy, because values may start at any byte
    const values =
      quantization === null
        ? new Float32Array(buffer)
        : // Codes are exact in float32 too.
          new Float32Array(bytes === 1 ? new Uint8Array(buffer) : new Uint16Array(buffer)).map(
            packing === "float16" ? halfToNumber : affine(scale, min),
          );
    if (!values.every(Number.isFinite))
      fail("integrity", `All values of ${name} must be finite`, spec);
    weights.set(name, { shape, values });
    start = end;
  }
  if (start !== data.length) fail("integrity", `Weights need ${start} bytes`, data.length);
  return weights;
}

/** The groups of a `weightsManifest`, in order. */
export function weightGroups(
  manifest: unknown,
): { paths: readonly string[]; weights: readonly unknown[] }[] {
  return [manifest].flat().map((group: unknown) => {
    const { paths, weights } = asRecord(group);
    const named = (paths: unknown): paths is string[] =>
      Array.isArray(paths) && paths.every((path) => typeof path === "string");
    return named(paths) && Array.isArray(weights)
      ? { paths, weights }
      : fail("unsupported", "A model.json must have a weightsManifest", group);
  });
}

/** Returns NaN, which the caller refuses, if scale or min is not a number. */
const affine = (scale: unknown, min: unknown): ((code: number) => number) =>
  typeof scale === "number" && typeof min === "number" ? (code) => code * scale + min : () => NaN;

/** An IEEE 754 half: 1 sign bit, 5 exponent bits, 10 fraction bits. */
function halfToNumber(code: number): number {
  const exponent = (code >> 10) & 31;
  const fraction = code & 1023;
  const size = exponent ? 2 ** (exponent - 25) * (1024 + fraction) : 2 ** -24 * fraction;
  // The highest exponent stands for infinity and NaN, which no weight may be.
  return exponent === 31 ? NaN : code >> 15 ? -size : size;
}
