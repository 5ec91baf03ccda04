// The layers of convolutional models beside stock TensorFlow.js on the same files, by WebAssembly
// and by JavaScript.
import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, test } from "vitest";
import { compile, plainKernels, wasmKernels, type OpenKernels } from "./kernels.ts";
import { rulesBy } from "./layers.ts";
import { randomArray, randomNumbers } from "../../testing/layers-model.ts";
import { chain, chains, randomise, saved } from "../../testing/stock.ts";
import { runs } from "../../testing/tiers.ts";
import { activation } from "../dense/activations.ts";
import { createDenseEngine, ruleOf } from "../dense/engine.ts";
import { sizeOf } from "../json.ts";

/**
 * Both add float32 in float32, TensorFlow.js with products that are not rounded first: some hundred
 * terms around 1 differ by some 1e-7 each. Relative to the largest result.
 */
const LIMIT = 2e-6;
const { layers } = tf;

let kernels: Readonly<Record<"wasm" | "plain", OpenKernels>>;

beforeAll(async () => {
  await tf.setBackend("cpu");
  kernels = { wasm: wasmKernels((await compile())!), plain: plainKernels };
});

/**
 * Results of one model for one input, by each of the kernels, which must be the same, and their
 * distance from stock TensorFlow.js.
 */
async function compare(model: tf.LayersModel, seed: number): Promise<number> {
  const random = randomNumbers(seed);
  randomise(model, random);
  const { modelJson, data } = await saved(model);
  const [first] = (
    modelJson.modelTopology["config"] as { layers: { config: Record<string, unknown> }[] }
  ).layers;
  const { depthMultiplier } = model.layers[0] as { depthMultiplier?: number };
  // TensorFlow.js forgets to save it
  if (depthMultiplier) first!.config["depth_multiplier"] = depthMultiplier;
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
  return (
    answers[0]!.reduce((worst, value, i) => Math.max(worst, Math.abs(value - values[i]!)), 0) / most
  );
}

test.each(Object.keys(chains))("%s", async (title) => {
  expect(await compare(chains[title]!(), 5)).toBeLessThanOrEqual(LIMIT);
});

const random = randomNumbers(11);
const upTo = (most: number): number => 1 + Math.floor(((random() + 1) / 2) * most);
const two = (most: number): [number, number] => [upTo(most), upTo(most)];
const one = <T>(list: readonly T[]): T => list[upTo(list.length) - 1]!;

function sliding(mostDilation: number) {
  const [dilationRate, strides]: [[number, number], [number, number]] =
    // TensorFlow.js allows one of the two
    random() > 0 ? [two(mostDilation), [1, 1]] : [[1, 1], two(3)];
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
  depthwiseConv2d: () =>
    layers.depthwiseConv2d({ ...sliding(1), depthMultiplier: upTo(3), inputShape: image() }),
  separableConv2d: () =>
    layers.separableConv2d({
      ...sliding(3),
      filters: upTo(9),
      depthMultiplier: upTo(3),
      inputShape: image(),
    }),
  maxPooling2d: () =>
    layers.maxPooling2d({
      poolSize: two(4),
      strides: two(4),
      padding: one(["same", "valid"]),
      inputShape: image(),
    }),
  averagePooling2d: () =>
    layers.averagePooling2d({
      poolSize: two(4),
      strides: two(4),
      padding: one(["same", "valid"]),
      inputShape: image(),
    }),
};

test.each(Object.keys(kinds))("%s with options by chance", async (kind) => {
  for (let seed = 1; seed <= runs(60); seed++) {
    const layer = kinds[kind]!();
    const distance = await compare(chain(layer), seed);
    expect({
      options: layer.getConfig(),
      distance: distance <= LIMIT ? 0 : distance,
    }).toMatchObject({ distance: 0 });
  }
});
