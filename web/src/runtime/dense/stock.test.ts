// The dense engine beside stock TensorFlow.js on the same files. How packed weights are read: ../weights.test.ts.
import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, test } from "vitest";
import { randomArray, randomNumbers } from "../../testing/layers-model.ts";
import { saved } from "../../testing/stock.ts";
import { sizeOf } from "../json.ts";
import { createDenseEngine } from "./engine.ts";

/** TensorFlow.js sums float32 in float32, the engine in double: they part by the rounding of such sums, scaled by softmax. */
const LIMIT = 1e-6;

beforeAll(async () => {
  await tf.setBackend("cpu");
});

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

test.each(Object.keys(models))("%s gives TensorFlow.js' own answers", async (title) => {
  const model = models[title]!();
  const random = randomNumbers(3);
  // Bias and kernel alike random: zeros would hide errors. Small enough that no activation saturates.
  const small = (sizes: number[]) => randomArray(sizeOf(sizes), random).map((value) => value / 8);
  model.setWeights(model.weights.map(({ shape }) => tf.tensor(small(shape.map(Number)), shape.map(Number))));
  const { modelJson, data } = await saved(model);
  const engine = createDenseEngine(modelJson, data);
  const size = sizeOf(engine.inputShape);
  const samples = 20;
  const inputs = randomArray(samples * size, random).map((value) => (value > 0 ? value : 0));
  const expected = tf.tidy(() => model.predict(tf.tensor(inputs, [samples, ...engine.inputShape])) as tf.Tensor);
  const values = expected.dataSync();
  for (let sample = 0; sample < samples; sample++) {
    const { probabilities } = engine.run(inputs.subarray(sample * size, (sample + 1) * size));
    probabilities.forEach((value, index) => {
      expect(Math.abs(value - values[sample * 10 + index]!)).toBeLessThanOrEqual(LIMIT);
    });
  }
  expect(new Set(values).size).toBeGreaterThan(samples); // the answers differ, so the comparison can fail
  expected.dispose();
  model.dispose();
});
