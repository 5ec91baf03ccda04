// Models of stock TensorFlow.js, as it saves them.
import * as tf from "@tensorflow/tfjs";
import type { ModelJson } from "./keras-models.ts";
import { randomArray } from "./layers-model.ts";
import { sizeOf } from "../runtime/json.ts";

/** The files of a model. */
export async function saved(
  model: tf.LayersModel,
): Promise<{ modelJson: ModelJson; data: Uint8Array }> {
  const artifacts = await new Promise<tf.io.ModelArtifacts>((resolve, reject) => {
    const handler = tf.io.withSaveHandler((artifacts) => {
      resolve(artifacts);
      return Promise.resolve({
        modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" as const },
      });
    });
    model.save(handler).catch(reject);
  });
  const { modelTopology, weightSpecs, weightData } = artifacts;
  // As JSON, because that is what a file holds.
  const modelJson = JSON.parse(
    JSON.stringify({
      modelTopology,
      weightsManifest: [{ paths: ["w.bin"], weights: weightSpecs }],
    }),
  ) as ModelJson;
  return { modelJson, data: new Uint8Array(weightData as ArrayBuffer) };
}

/** Give a model weights that hide nothing. */
export function randomise(model: tf.LayersModel, random: () => number): void {
  model.setWeights(
    model.weights.map(({ shape, originalName }) => {
      const sizes = shape.map(Number);
      // Variances must be positive.
      const values = randomArray(sizeOf(sizes), random).map((x) =>
        originalName.includes("variance") ? x * x : x,
      );
      return tf.tensor(values, sizes);
    }),
  );
}

const { layers } = tf;
export const chain = (...list: tf.layers.Layer[]): tf.LayersModel =>
  tf.sequential({ layers: list });
const inputShape = [9, 8, 3];
const names = [
  "elu",
  "hardSigmoid",
  "linear",
  "relu",
  "relu6",
  "selu",
  "sigmoid",
  "softmax",
  "softplus",
  "softsign",
];
names.push("tanh", "swish", "mish", "gelu");

/** Chains of layers that the dense engine runs, with the rules for convolutions or without. */
export const chains: Readonly<Record<string, () => tf.LayersModel>> = {
  "global maximum": () => chain(layers.globalMaxPooling2d({ inputShape })),
  "global average": () =>
    chain(layers.globalAveragePooling2d({ inputShape, dataFormat: "channelsLast" })),
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
    chain(
      layers.dense({ units: 5, inputShape, activation: "relu" }),
      layers.dense({ units: 3, useBias: false }),
    ),
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
    const hidden = layers
      .dense({ units: 12, activation: "relu", name: "g" })
      .apply(flat) as tf.SymbolicTensor;
    const output = layers
      .dense({ units: 10, activation: "softmax", name: "h" })
      .apply(hidden) as tf.SymbolicTensor;
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
