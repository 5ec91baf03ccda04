// Small Keras models as the pipeline exported them, with Keras' own answers
// (tests/fixtures/make_tfjs_engine.py).
import { readFileSync } from "node:fs";
import type { Format } from "../runtime/manifest.ts";

/**
 * Keras adds float32 in another order than TensorFlow.js: sums of some ten terms around 1 differ by
 * 2e-7. Stored weights are off by up to half a step, which is 1/65535 or 1/255 of their range of 1,
 * or 2^-12 of a half; some ten of random sign add up.
 */
export const LIMITS: Readonly<Record<string, number>> = {
  float32: 1e-6,
  uint16: 5e-5,
  float16: 5e-4,
  uint8: 1e-2,
};

interface Case {
  readonly name: string;
  readonly input_shape: readonly number[];
  readonly inputs: readonly (readonly number[])[];
  readonly outputs: readonly (readonly number[])[];
  readonly exports: readonly {
    route: Format["route"];
    dtype: string;
    model_json: ModelJson;
    weights: string;
  }[];
}

export interface ModelJson extends Record<string, unknown> {
  modelTopology: Record<string, unknown>;
  weightsManifest: { paths: string[]; weights: Record<string, unknown>[] }[];
}

export interface KerasModel {
  /** Such as `cnn layers float32`. */
  readonly title: string;
  readonly route: Format["route"];
  readonly dtype: string;
  readonly modelJson: ModelJson;
  readonly data: Uint8Array;
  readonly inputShape: readonly number[];
  readonly inputs: readonly Float32Array[];
  /** Keras' answers with float32 weights, however they are stored. */
  readonly outputs: readonly Float32Array[];
}

const path = new URL("../../../tests/fixtures/tfjs_engine.json", import.meta.url);

export const kerasModels: readonly KerasModel[] = (
  JSON.parse(readFileSync(path, "utf8")) as Case[]
).flatMap(({ name, input_shape: inputShape, inputs, outputs, exports }) =>
  exports.map(({ route, dtype, model_json: modelJson, weights }) => ({
    title: `${name} ${route} ${dtype}`,
    route,
    dtype,
    modelJson,
    data: new Uint8Array(Buffer.from(weights, "base64")),
    inputShape,
    inputs: inputs.map((values) => Float32Array.from(values)),
    outputs: outputs.map((values) => Float32Array.from(values)),
  })),
);

/** A copy of one of them, whose JSON may be changed. */
export function kerasModel(title: string): KerasModel {
  const model = kerasModels.find((one) => one.title === title);
  if (!model)
    throw new Error(
      `The title must be one of tests/fixtures/tfjs_engine.json. Received: ${title}.`,
    );
  return { ...model, modelJson: structuredClone(model.modelJson) };
}

/** The same models as ONNX and LiteRT files (tests/fixtures/make_tfjs_engine.py), by route. */
export function kerasFiles(name: string): ReadonlyMap<"onnx" | "litert", Uint8Array> {
  const path = new URL("../../../tests/fixtures/formats.json", import.meta.url);
  const all = JSON.parse(readFileSync(path, "utf8")) as Record<
    string,
    Record<"onnx" | "litert", string>
  >;
  const files = all[name];
  if (!files)
    throw new Error(`The name must be one of tests/fixtures/formats.json. Received: ${name}.`);
  return new Map(
    (["onnx", "litert"] as const).map((route) => [
      route,
      new Uint8Array(Buffer.from(files[route], "base64")),
    ]),
  );
}
