// Weights for TensorFlow.js: checked against the bytes that were received, then decoded by its own
// decoder.
import { type Tensor } from "@tensorflow/tfjs-core";
import { decodeWeights } from "@tensorflow/tfjs-core/dist/io/io_utils.js";
import type { WeightsManifestEntry } from "@tensorflow/tfjs-core/dist/io/types.js";
import { fail } from "../errors.ts";
import { asRecord, entry, sizeOf } from "../json.ts";
import { PACKED_BYTES, weightGroups } from "../weights.ts";

const BYTES = { float32: 4, int32: 4, bool: 1 };

export interface Weights {
  readonly specs: readonly WeightsManifestEntry[];
  readonly data: ArrayBuffer;
  /** How many numbers they hold in total. */
  readonly count: number;
}

/**
 * @param modelJson The parsed `model.json`.
 * @param data All weight shards, concatenated in the order of the weights manifest.
 * @throws ModelError `unsupported`: a dtype that is neither a number nor a boolean; `integrity`:
 * more or fewer bytes
 *   than the specs require, a duplicate name, or a malformed spec.
 */
export function checkWeights(modelJson: unknown, data: Uint8Array): Weights {
  const specs = weightGroups(asRecord(modelJson)["weightsManifest"]).flatMap(
    (group) => group.weights,
  );
  const names = new Set<string>();
  let end = 0;
  let count = 0;
  for (const spec of specs) {
    const { name, shape, dtype, quantization } = asRecord(spec);
    const { dtype: packing, scale, min } = asRecord(quantization);
    const plain = entry(BYTES, dtype);
    const bytes = quantization === undefined ? plain : entry(PACKED_BYTES, packing);
    if (!plain || !bytes || (packing !== undefined && dtype === "bool")) {
      return fail(
        "unsupported",
        "Weights must be float32, int32 or bool, or stored as float16, uint16 or uint8",
        spec,
      );
    }
    const affine = packing === "uint8" || packing === "uint16";
    if (
      typeof name !== "string" ||
      names.has(name) ||
      !isSize(shape) ||
      (affine && !isAffine(scale, min))
    ) {
      return fail(
        "integrity",
        "A weight must have a unique name, a shape and, if quantised, its scale",
        spec,
      );
    }
    names.add(name);
    count += sizeOf(shape);
    end += sizeOf(shape) * bytes;
    // Checked before anything is allocated: a shape may claim more than any file holds.
    if (!(end <= data.length))
      fail("integrity", `Weights up to ${name} need ${end} bytes`, data.length);
  }
  if (end !== data.length) fail("integrity", `Weights need ${end} bytes`, data.length);
  return { specs: specs as WeightsManifestEntry[], data: new Uint8Array(data).buffer, count };
}

/** Tensors by name. @throws ModelError `integrity`: a value that is not finite. */
export function finiteTensors({ specs, data }: Weights): Record<string, Tensor> {
  const tensors = decodeWeights(data, specs as WeightsManifestEntry[]);
  for (const [name, tensor] of Object.entries(tensors)) {
    if (!tensor.dataSync().every(Number.isFinite))
      fail("integrity", `All values of ${name} must be finite`, "others");
  }
  return tensors;
}

/** Lengths of axes: none for a scalar, and 0 for an empty axis. */
const isSize = (shape: unknown): shape is readonly number[] =>
  Array.isArray(shape) && shape.every((length) => Number.isSafeInteger(length) && length >= 0);

const isAffine = (scale: unknown, min: unknown): boolean =>
  Number.isFinite(scale) && Number.isFinite(min);
