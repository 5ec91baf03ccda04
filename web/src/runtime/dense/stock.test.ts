// The dense engine beside stock TensorFlow.js on the same files.
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import { bytesOf, randomArray, randomNumbers, type LayersModel, type Weight } from "../../testing/layers-model.ts";
import { createDenseEngine } from "./engine.ts";

/**
 * TensorFlow.js sums float32 in float32, the engine in double: they part by the rounding of such sums, scaled by
 * softmax.
 */
const LIMIT = 1e-6;

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** What TensorFlow.js itself would save, with other weights put in by hand where `pack` says so. */
async function saved(model: tf.LayersModel, pack: Packing): Promise<LayersModel> {
  const artifacts = await new Promise<tf.io.ModelArtifacts>((resolve, reject) => {
    const handler = tf.io.withSaveHandler((artifacts) => {
      resolve(artifacts);
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" as const } });
    });
    model.save(handler).catch(reject);
  });
  const weights: Weight[] = model.weights.map((variable) => ({
    name: variable.originalName,
    shape: variable.shape.map(Number),
    values: variable.read().dataSync() as Float32Array,
  }));
  const packed = weights.map((weight) => pack(weight));
  const specs = weights.map(({ name, shape }, index) => ({
    name,
    shape: [...shape],
    dtype: "float32",
    ...packed[index]!.spec,
  }));
  // As JSON, because that is what a file holds.
  const modelJson = JSON.parse(
    JSON.stringify({ modelTopology: artifacts.modelTopology, weightsManifest: [{ paths: ["w.bin"], weights: specs }] }),
  ) as LayersModel["modelJson"];
  return { modelJson, data: bytesOf(packed.map(({ array }) => array)), weights };
}

type Packing = (weight: Weight) => { array: Float32Array | Uint16Array | Uint8Array; spec: Record<string, unknown> };

const affine =
  (dtype: "uint8" | "uint16", levels: number): Packing =>
  ({ values }) => {
    const min = values.reduce((a, b) => Math.min(a, b));
    const scale = (values.reduce((a, b) => Math.max(a, b)) - min) / levels || 1;
    const codes = Array.from(values, (value) => Math.round((value - min) / scale));
    const array = dtype === "uint8" ? Uint8Array.from(codes) : Uint16Array.from(codes);
    return { array, spec: { quantization: { dtype, scale, min } } };
  };

/** Float32 cut off to halves: the lowest 13 bits of the fraction go, and the exponent's bias moves from 127 to 15. */
function halves(values: Float32Array): Uint16Array {
  return Uint16Array.from(new Uint32Array(new Float32Array(values).buffer), (bits) => {
    const size = ((bits & 0x7fffffff) >> 13) - (112 << 10);
    return ((bits >>> 16) & 0x8000) | Math.max(0, size); // what is too small for a half becomes 0
  });
}

const packings: Record<string, Packing> = {
  float32: ({ values }) => ({ array: values, spec: {} }),
  uint16: affine("uint16", 65535),
  uint8: affine("uint8", 255),
  float16: ({ values }) => ({ array: halves(values), spec: { quantization: { dtype: "float16" } } }),
};

async function tensorflow(
  { modelJson, data }: LayersModel,
  inputs: Float32Array,
  shape: number[],
): Promise<Float32Array> {
  const model = await tf.loadLayersModel(
    tf.io.fromMemory({
      modelTopology: modelJson.modelTopology as object,
      weightSpecs: modelJson.weightsManifest[0]!.weights as unknown as tf.io.WeightsManifestEntry[],
      weightData: new Uint8Array(data).buffer,
    }),
  );
  const output = tf.tidy(() => model.predict(tf.tensor(inputs, shape)) as tf.Tensor);
  const values = output.dataSync() as Float32Array;
  output.dispose();
  model.dispose();
  return values;
}

const models: Record<string, () => tf.LayersModel> = {
  "the tutorial's softmax": () =>
    tf.sequential({ layers: [tf.layers.dense({ units: 10, activation: "softmax", inputShape: [784], name: "a" })] }),
  "a network with every layer that the engine knows": () =>
    tf.sequential({
      layers: [
        tf.layers.inputLayer({ inputShape: [28, 28] }),
        tf.layers.rescaling({ scale: 1 / 127.5, offset: -1 }),
        tf.layers.flatten(),
        tf.layers.dropout({ rate: 0.5 }),
        tf.layers.dense({ units: 24, activation: "relu", name: "b" }),
        tf.layers.dense({ units: 24, useBias: false, name: "c" }),
        tf.layers.reLU(),
        tf.layers.dense({ units: 16, activation: "elu", kernelRegularizer: "l1l2", name: "d" }),
        tf.layers.dense({ units: 16, activation: "tanh", name: "e" }),
        tf.layers.dense({ units: 10, activation: "sigmoid", name: "f" }),
        tf.layers.activation({ activation: "linear" }),
        tf.layers.softmax(),
      ],
    }),
  "a Functional chain": () => {
    const input = tf.input({ shape: [28, 28] });
    const flat = tf.layers.flatten().apply(input) as tf.SymbolicTensor;
    const hidden = tf.layers.dense({ units: 12, activation: "relu", name: "g" }).apply(flat) as tf.SymbolicTensor;
    const output = tf.layers.dense({ units: 10, activation: "softmax", name: "h" }).apply(hidden) as tf.SymbolicTensor;
    return tf.model({ inputs: input, outputs: output });
  },
};

describe.each(Object.keys(models))("%s", (title) => {
  test.each(Object.keys(packings))("as %s gives TensorFlow.js' own answers", async (packing) => {
    const model = models[title]!();
    const random = randomNumbers(3);
    // Bias and kernel alike random: zeros would hide errors. Small enough that no activation saturates.
    model.setWeights(
      model.weights.map(({ shape }) => {
        const sizes = shape.map(Number);
        return tf.tensor(
          randomArray(tf.util.sizeFromShape(sizes), random).map((value) => value / 8),
          sizes,
        );
      }),
    );
    const files = await saved(model, packings[packing]!);
    const engine = createDenseEngine(files.modelJson, files.data);
    const size = engine.inputShape.reduce((a, b) => a * b, 1);
    const samples = 20;
    const inputs = randomArray(samples * size, random).map((value) => (value > 0 ? value : 0));
    const expected = await tensorflow(files, inputs, [samples, ...engine.inputShape]);
    let worst = 0;
    for (let sample = 0; sample < samples; sample++) {
      const { probabilities } = engine.run(inputs.subarray(sample * size, (sample + 1) * size));
      probabilities.forEach((value, index) => {
        worst = Math.max(worst, Math.abs(value - expected[sample * 10 + index]!));
      });
    }
    expect(new Set(expected).size).toBeGreaterThan(samples); // the answers differ, so the comparison can fail
    expect(worst).toBeLessThanOrEqual(LIMIT);
    model.dispose();
  });
});
