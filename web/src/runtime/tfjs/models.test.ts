// The engine beside Keras, and beside stock TensorFlow.js.
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import { expectClose } from "../../testing/close.ts";
import { kerasModel, kerasModels, LIMITS } from "../../testing/keras-models.ts";
import { randomArray, randomNumbers } from "../../testing/layers-model.ts";
import { refusal } from "../../testing/refusal.ts";
import { chain, chains, randomise, saved } from "../../testing/stock.ts";
import { tools } from "./core.ts";
import { prepareTfjs } from "./engine.ts";
import { ModelError } from "../errors.ts";
import { sizeOf } from "../json.ts";
import type { Format } from "../manifest.ts";
import type { Engine } from "../types.ts";

const engineOf = async (
  route: Format["route"],
  modelJson: unknown,
  data: Uint8Array,
): Promise<Engine> => (await prepareTfjs(route, modelJson))(data);

test.each(kerasModels.map((model) => [model.title, model] as const))(
  "%s gives Keras' own answers",
  async (_, model) => {
    const engine = await engineOf(model.route, model.modelJson, model.data);
    expect(engine.inputShape).toEqual(model.inputShape);
    expect(engine.outputShape).toEqual([3]);
    expect(engine.linear).toBeNull();
    const answers = [];
    for (const [index, input] of model.inputs.entries()) {
      const { probabilities, logits } = await engine.run(input);
      expect(logits).toBeNull();
      expectClose(probabilities, model.outputs[index]!, LIMITS[model.dtype]!);
      answers.push(...probabilities);
    }
    expect(new Set(answers).size).toBe(answers.length); // they differ, so the comparison can fail
    engine.dispose();
  },
);

test("leaves its argument alone, answers several calls in their order, and refuses other inputs, and work after dispose", async () => {
  const { modelJson, data, inputs, outputs } = kerasModel("cnn layers float32");
  const engine = await engineOf("layers", modelJson, data);
  const before = inputs[0]!.slice();
  const answers = await Promise.all(inputs.map(async (input) => engine.run(input)));
  expect(inputs[0]).toEqual(before);
  answers.forEach(({ probabilities }, index) => {
    expectClose(probabilities, outputs[index]!, LIMITS["float32"]!);
  });
  await expect(engine.run(new Float32Array(99))).rejects.toThrow(refusal("input"));
  await expect(engine.run(new Float32Array(100).fill(NaN))).rejects.toThrow(refusal("input"));
  engine.dispose();
  engine.dispose(); // twice does no harm
  await expect(engine.run(inputs[0]!)).rejects.toThrow(refusal("input"));
});

test("nothing stays of a model that is refused half-way", async () => {
  const { modelJson, data } = kerasModel("cnn layers float32");
  await (await engineOf("layers", modelJson, data)).run(new Float32Array(100));
  const before = tools.tensors();
  expect(before).toBeGreaterThan(0); // it counts
  modelJson.weightsManifest[0]!.weights.pop();
  await expect(engineOf("layers", modelJson, data.subarray(0, data.length - 12))).rejects.toThrow(
    ModelError,
  );
  expect(tools.tensors()).toBe(before);
});

describe("beside stock TensorFlow.js", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });
  const { layers } = tf;
  const shape = [8, 8, 3];
  /** All other layers run by load() in tests/tfjs/test_cases.py. */
  const models: Record<string, () => tf.LayersModel> = {
    ...chains,
    "a fixed batch": () =>
      chain(
        layers.conv2d({ filters: 2, kernelSize: 3, batchInputShape: [3, ...shape] }),
        layers.flatten(),
        layers.dense({ units: 3, activation: "softmax" }),
      ),
    shared: () => {
      const input = tf.input({ shape: [4] });
      const layer = layers.dense({ units: 4, activation: "tanh" });
      return tf.model({
        inputs: input,
        outputs: layer.apply(layer.apply(input)) as tf.SymbolicTensor,
      });
    },
  };

  // A target length of -1 remains unknown to TensorFlow.js, so that this engine refuses it; the
  // other one knows it.
  const known = Object.keys(models).filter((name) => name !== "shapes and noise");
  test.each(known)("%s is the same to the last bit", async (name) => {
    const model = models[name]!();
    const random = randomNumbers(7);
    randomise(model, random);
    const { modelJson, data } = await saved(model);
    const engine = await engineOf("layers", modelJson, data);
    const [input] = model.inputs;
    const example = input!.shape.slice(1).map(Number);
    const values = randomArray(sizeOf(example), random);
    const batch = input!.shape[0] ?? 1;
    // Whatever else is in the batch.
    const others = randomArray((batch - 1) * values.length, random);
    const expected = tf.tidy(() => {
      const given = tf.tensor([...values, ...others], [batch, ...example]);
      return (model.predict(given, { batchSize: batch }) as tf.Tensor).slice(0, 1);
    });
    const { probabilities } = await engine.run(values);
    expect(engine.outputShape).toEqual(expected.shape.slice(1));
    expect(probabilities).toEqual(expected.dataSync());
    engine.dispose();
  });
});
