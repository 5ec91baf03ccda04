// The visitor's own model as files: a TensorFlow.js layers-model, and a manifest that
// <sketch-classifier> takes. No DOM.
import type { FileDigest } from "../../runtime/manifest.ts";
import { sha256 } from "../../runtime/sha256.ts";
import type { Trainable } from "../training/sgd.ts";
import type { Preparation } from "./preparation.ts";

/** Name of the model and the files: plain, whatever the classes are called. */
export const NAME = "own-classes";
const FORMAT = "layers-float32";
const SHARD = "group1-shard1of1.bin";

/**
 * @param labels Names of the classes, in the order of the outputs.
 * @returns Path → content. `manifest.json` is first.
 */
export function modelFiles(
  { kernel, bias, outputs }: Trainable,
  labels: readonly string[],
  { size, preprocess }: Preparation,
  created: Date,
): ReadonlyMap<string, Uint8Array> {
  const inputs = kernel.length / outputs;
  const dense = {
    name: "scores",
    trainable: true,
    units: outputs,
    activation: "softmax",
    use_bias: true,
  };
  const pixels = {
    name: "pixels",
    batch_input_shape: [null, inputs],
    dtype: "float32",
    sparse: false,
  };
  const layers = [
    { class_name: "InputLayer", config: pixels },
    { class_name: "Dense", config: dense },
  ];
  const modelJson = json({
    format: "layers-model",
    modelTopology: { class_name: "Sequential", config: { name: "softmax", layers } },
    weightsManifest: [
      {
        paths: [SHARD],
        weights: [
          { name: "scores/kernel", shape: [inputs, outputs], dtype: "float32" },
          { name: "scores/bias", shape: [outputs], dtype: "float32" },
        ],
      },
    ],
    userDefinedMetadata: { labels, preprocess },
  });
  const weights = littleEndian([kernel, bias]);
  const files = new Map([
    [`${FORMAT}/model.json`, modelJson],
    [`${FORMAT}/${SHARD}`, weights],
  ]);
  const digests = [...files].map(([path, content]) => digestOf(path, content));
  const identity = {
    schema: 1,
    name: NAME,
    labels,
    input: { name: "pixels", shape: [inputs], dtype: "float32", image: size },
    output: { name: "scores", shape: [outputs], kind: "probabilities" },
    preprocess,
  };
  const manifest = {
    ...identity,
    version: versionOf(identity, digests),
    created: created.toISOString().replace(/\.\d+/, ""),
    linear: true,
    formats: [
      {
        id: FORMAT,
        route: "layers",
        dtype: "float32",
        path: `${FORMAT}/model.json`,
        bytes: modelJson.length + weights.length,
        files: digests,
      },
    ],
    default_format: FORMAT,
    skipped_formats: {},
  };
  return new Map([["manifest.json", json(manifest)], ...files]);
}

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const digestOf = (path: string, content: Uint8Array): FileDigest => ({
  path,
  bytes: content.length,
  sha256: hex(sha256(content)),
});

/**
 * By the rule of version_id in pipeline/versions/manifest.py, for a model that nothing else is
 * known of.
 */
function versionOf(identity: object, digests: readonly FileDigest[]): string {
  const files = Object.fromEntries(digests.map(({ path, sha256 }) => [path, sha256]));
  const unknown = { recipe: null, data: null, seed: null, epochs: null };
  const all = { ...identity, ...unknown, files, formats: [FORMAT], other_files: [] };
  return hex(sha256(new TextEncoder().encode(canonical(all)))).slice(0, 12);
}

/** As Python's json.dumps writes it, with sorted keys and without spaces. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join()}}`;
  }
  const isTiny = typeof value === "number" && value !== 0 && Math.abs(value) < 1e-4;
  return isTiny ? value.toExponential().replace(/-(\d)$/, "-0$1") : JSON.stringify(value);
}

/** Numbers one after the other, as TensorFlow.js stores them on every machine. */
function littleEndian(arrays: readonly Float32Array[]): Uint8Array {
  const view = new DataView(
    new ArrayBuffer(4 * arrays.reduce((sum, { length }) => sum + length, 0)),
  );
  let offset = 0;
  for (const value of arrays.flatMap((array) => [...array])) {
    view.setFloat32(offset, value, true);
    offset += 4;
  }
  return new Uint8Array(view.buffer);
}
