// The layers of convolutional models beside stock TensorFlow.js on the same files, by WebAssembly and by JavaScript.
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import { compile, plainKernels, wasmKernels, type OpenKernels } from "./kernels.ts";
import { rulesBy } from "./layers.ts";
import { randomArray, randomNumbers } from "../../testing/layers-model.ts";
import { randomise, saved } from "../../testing/stock.ts";
import { runs } from "../../testing/tiers.ts";
import { activation } from "../dense/activations.ts";
import { createDenseEngine, ruleOf } from "../dense/engine.ts";
import { sizeOf } from "../json.ts";

/**
 * Both add float32 in float32, TensorFlow.js with products that are not rounded first: some hundred terms around 1 differ by
 * some 1e-7 each. Relative to the largest result.
 */
const LIMIT = 2e-6;
const { layers } = tf;

let kernels: Readonly<Record<"wasm" | "plain", OpenKernels>>;

beforeAll(async () => {
  await tf.setBackend("cpu");
  kernels = { wasm: wasmKernels((await compile())!), plain: plainKernels };
});

/** Results of one model for one input, by each of the kernels, which must be the same, and their distance from stock TensorFlow.js. */
async function compare(model: tf.LayersModel, seed: number): Promise<number> {
  const random = randomNumbers(seed);
  randomise(model, random);
  const { modelJson, data } = await saved(model);
  const [first] = (modelJson.modelTopology["config"] as { layers: { config: Record<string, unknown> }[] }).layers;
  const { depthMultiplier } = model.layers[0] as { depthMultiplier?: number };
  if (depthMultiplier) first!.config["depth_multiplier"] = depthMultiplier; // TensorFlow.js forgets to save it
  const shape = model.inputs[0]!.shape.slice(1).map(Number);
  // A third of it is empty, as drawings are.
  const input = randomArray(sizeOf(shape), random).map((value) => (value < -1 / 3 ? 0 : value));
  const expected = tf.tidy(() => model.predict(tf.tensor(input, [1, ...shape])) as tf.Tensor);
  const values = expected.dataSync() as Float32Array;
  const most = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  const answers = Object.values(kernels).map((open) => {
    const engine = createDenseEngine(modelJson, data, rulesBy(open, 2 ** 28, ruleOf, activation));
    expect([engine.inputShape, engine.outputShape]).toEqual([shape, expected.shape.slice(1)]);
    engine.run(new Float32Array(input.length).fill(1)); // what it leaves behind must not matter
    return engine.run(input).probabilities;
  });
  expect(answers[0]).toEqual(answers[1]);
  expect(new Set(values).size).toBeGreaterThan(1); // they differ, so the comparison can fail
  expected.dispose();
  model.dispose();
  return answers[0]!.reduce((worst, value, i) => Math.max(worst, Math.abs(value - values[i]!)), 0) / most;
}

const chain = (...list: tf.layers.Layer[]): tf.LayersModel => tf.sequential({ layers: list });
const inputShape = [9, 8, 3];
const names = ["elu", "hardSigmoid", "linear", "relu", "relu6", "selu", "sigmoid", "softmax", "softplus", "softsign"];
names.push("tanh", "swish", "mish", "gelu");

const models: Readonly<Record<string, () => tf.LayersModel>> = {
  "global maximum": () => chain(layers.globalMaxPooling2d({ inputShape })),
  "global average": () => chain(layers.globalAveragePooling2d({ inputShape, dataFormat: "channelsLast" })),
  padding: () =>
    chain(
      layers.zeroPadding2d({
        inputShape,
        padding: [
          [1, 2],
          [0, 3],
        ],
      }),
      layers.zeroPadding2d({ padding: [2, 1] }),
      layers.zeroPadding2d({}),
    ),
  normalisation: () =>
    chain(
      layers.batchNormalization({ inputShape }),
      layers.conv2d({ filters: 5, kernelSize: 3, useBias: false }),
      layers.dropout({ rate: 0.5 }),
      layers.batchNormalization({ scale: false, epsilon: 0.01 }),
      layers.batchNormalization({ axis: 3 }),
      layers.reLU({ maxValue: 2 }),
      layers.batchNormalization({ center: false }),
      layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2 }),
      layers.batchNormalization({}),
      layers.activation({ activation: "relu6" }),
      layers.separableConv2d({ kernelSize: 2, filters: 6 }),
      layers.batchNormalization({}),
      layers.flatten(),
      layers.dense({ units: 7, useBias: false }),
      layers.batchNormalization({}),
      layers.activation({ activation: "tanh" }),
    ),
  "dense layers over the last axis": () =>
    chain(layers.dense({ units: 5, inputShape, activation: "relu" }), layers.dense({ units: 3, useBias: false })),
  "shapes and noise": () =>
    chain(
      layers.reshape({ targetShape: [4, 6, 9], inputShape }),
      layers.gaussianNoise({ stddev: 1 }),
      layers.gaussianDropout({ rate: 0.5 }),
      layers.alphaDropout({ rate: 0.5 }),
      layers.reshape({ targetShape: [-1, 8] }),
      layers.rescaling({ scale: 0.5, offset: 0.1 }),
    ),
  "curves with options": () =>
    chain(
      layers.leakyReLU({ inputShape }),
      layers.leakyReLU({ alpha: 0.1 }),
      layers.prelu({}),
      layers.prelu({ sharedAxes: [1, 2] }),
      layers.elu({}),
      layers.reLU({}),
      layers.thresholdedReLU({ theta: 0.2 }),
      layers.softmax({ axis: -1 }),
    ),
  ...Object.fromEntries(
    names.map((name) => [
      name,
      () =>
        chain(
          layers.conv2d({ filters: 6, kernelSize: 2, inputShape, activation: name as "relu" }),
          layers.activation({ activation: name as "relu" }),
          layers.depthwiseConv2d({ kernelSize: 2, activation: name as "relu" }),
          layers.flatten(),
          layers.dense({ units: 5, activation: name as "relu" }),
          layers.activation({ activation: name as "relu" }),
        ),
    ]),
  ),
  "pooling right after a convolution": () =>
    chain(
      layers.conv2d({ filters: 5, kernelSize: 2, inputShape: [20, 19, 2], activation: "relu6" }),
      layers.maxPooling2d({ poolSize: [3, 2], strides: [1, 1] }),
      layers.conv2d({ filters: 70, kernelSize: 1 }),
      layers.maxPooling2d({ poolSize: 2, strides: [3, 2] }),
      layers.reLU({}),
      layers.conv2d({ filters: 4, kernelSize: 2, padding: "same" }),
      layers.batchNormalization({}),
      layers.maxPooling2d({ poolSize: 3, padding: "same" }),
      layers.conv2d({ filters: 4, kernelSize: 1, activation: "tanh" }),
      layers.maxPooling2d({}),
      layers.batchNormalization({}),
      layers.maxPooling2d({ poolSize: 1 }),
    ),
  "every layer of the dense engine": () =>
    chain(
      layers.inputLayer({ inputShape: [28, 28] }),
      layers.rescaling({ scale: 1 / 127.5, offset: -1 }),
      layers.flatten(),
      layers.dropout({ rate: 0.5 }),
      layers.dense({ units: 24, activation: "relu", name: "b" }),
      layers.dense({ units: 24, useBias: false, name: "c" }),
      layers.reLU(),
      layers.dense({ units: 16, activation: "elu", kernelRegularizer: "l1l2", name: "d" }),
      layers.dense({ units: 16, activation: "tanh", name: "e" }),
      layers.dense({ units: 10, activation: "sigmoid", name: "f" }),
      layers.activation({ activation: "linear" }),
      layers.softmax(),
    ),
  "a Functional chain": () => {
    const input = tf.input({ shape: [28, 28] });
    const flat = layers.flatten().apply(input) as tf.SymbolicTensor;
    const hidden = layers.dense({ units: 12, activation: "relu", name: "g" }).apply(flat) as tf.SymbolicTensor;
    const output = layers.dense({ units: 10, activation: "softmax", name: "h" }).apply(hidden) as tf.SymbolicTensor;
    return tf.model({ inputs: input, outputs: output });
  },
  "a digit reader": () =>
    chain(
      layers.conv2d({ filters: 16, kernelSize: 3, inputShape: [28, 28, 1], activation: "relu" }),
      layers.maxPooling2d({}),
      layers.conv2d({ filters: 32, kernelSize: 3, activation: "relu" }),
      layers.maxPooling2d({}),
      layers.flatten(),
      layers.dense({ units: 10, activation: "softmax" }),
    ),
};

test.each(Object.keys(models))("%s", async (title) => {
  expect(await compare(models[title]!(), 5)).toBeLessThanOrEqual(LIMIT);
});

describe("with options by chance", () => {
  const random = randomNumbers(11);
  const upTo = (most: number): number => 1 + Math.floor(((random() + 1) / 2) * most);
  const two = (most: number): [number, number] => [upTo(most), upTo(most)];
  const one = <T>(list: readonly T[]): T => list[upTo(list.length) - 1]!;

  function sliding(mostDilation: number) {
    const [dilationRate, strides]: [[number, number], [number, number]] =
      random() > 0 ? [two(mostDilation), [1, 1]] : [[1, 1], two(3)]; // TensorFlow.js allows one of the two
    return {
      kernelSize: two(4),
      strides,
      dilationRate,
      padding: one(["same", "valid"] as const),
      useBias: random() > 0,
    };
  }
  const image = (): [number, number, number] => [9 + upTo(6), 9 + upTo(6), upTo(5)];

  const kinds: Readonly<Record<string, () => tf.layers.Layer>> = {
    conv2d: () => layers.conv2d({ ...sliding(3), filters: upTo(9), inputShape: image() }),
    depthwiseConv2d: () => layers.depthwiseConv2d({ ...sliding(1), depthMultiplier: upTo(3), inputShape: image() }),
    separableConv2d: () =>
      layers.separableConv2d({ ...sliding(3), filters: upTo(9), depthMultiplier: upTo(3), inputShape: image() }),
    maxPooling2d: () =>
      layers.maxPooling2d({ poolSize: two(4), strides: two(4), padding: one(["same", "valid"]), inputShape: image() }),
    averagePooling2d: () =>
      layers.averagePooling2d({
        poolSize: two(4),
        strides: two(4),
        padding: one(["same", "valid"]),
        inputShape: image(),
      }),
  };

  test.each(Object.keys(kinds))("%s", async (kind) => {
    for (let seed = 1; seed <= runs(60); seed++) {
      const layer = kinds[kind]!();
      const distance = await compare(chain(layer), seed);
      expect({ options: layer.getConfig(), distance: distance <= LIMIT ? 0 : distance }).toMatchObject({ distance: 0 });
    }
  });
});
