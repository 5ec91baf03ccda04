// Every layer beside stock TensorFlow.js: ../conv/stock.test.ts. Anything else anywhere in
// model.json and in the weights:
// ../fuzz-topology.test.ts.
import { describe, expect, test } from "vitest";
import {
  called,
  denseModel,
  layer,
  layersModel,
  randomArray,
  randomNumbers,
  sequential,
  type LayersModel,
} from "../../testing/layers-model.ts";
import { refusal } from "../../testing/refusal.ts";
import { createDenseEngine } from "./engine.ts";
import { ModelError } from "../errors.ts";

const engineOf = ({ modelJson, data }: LayersModel) => createDenseEngine(modelJson, data);

describe("the tutorial's model", () => {
  const model = denseModel(784, [{ units: 10, activation: "softmax" }]);
  const [kernel, bias] = model.weights.map(({ values }) => values) as [Float32Array, Float32Array];
  const input = randomArray(784, randomNumbers(9));

  test("offers its weights and logits to explain it, leaves its input as it is, and its answers to the caller", () => {
    const engine = engineOf(model);
    expect(engine.linear).toEqual({ kernel, bias, inputs: 784, outputs: 10, next: [] });
    const before = input.slice();
    const first = engine.run(input);
    const kept = first.probabilities.slice();
    engine.run(new Float32Array(784));
    expect(input).toEqual(before);
    expect(first.probabilities).toEqual(kept);
  });

  test("softmax neither overflows nor loses the sum of 1", () => {
    const { probabilities } = engineOf(model).run(input.map((value) => value * 1e30));
    expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  });

  test.each([
    ["too short", new Float32Array(783)],
    ["too long", new Float32Array(785)],
    ["NaN", new Float32Array(784).fill(NaN)],
    ["infinity", new Float32Array(784).fill(Infinity)],
  ])("refuses an input that is %s", (_, wrong) => {
    expect(() => engineOf(model).run(wrong)).toThrow(refusal("input"));
  });

  test("refuses an answer that overflows float32, and to run after dispose, which lets its weights go", () => {
    const engine = engineOf(model);
    expect(() => engine.run(new Float32Array(784).fill(3e38))).toThrow(refusal("unsupported"));
    engine.dispose();
    expect(() => engine.run(input)).toThrow(refusal("input"));
    expect(engine.linear).toBeNull();
  });
});

/** 2 × 3 pixels → Flatten → Dense(2), with other layers around the Dense. */
function chain(
  before: readonly unknown[],
  after: readonly unknown[],
  shape: readonly (number | null)[] = [null, 2, 3],
) {
  const layers = [
    layer("InputLayer", {
      name: "in",
      batch_input_shape: shape,
      dtype: "float32",
      sparse: false,
      ragged: false,
    }),
    ...before,
    layer("Dense", {
      name: "d",
      units: 2,
      activation: "linear",
      use_bias: false,
      trainable: true,
      dtype: "float32",
    }),
    ...after,
  ];
  const kernel = Float32Array.of(1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6);
  return layersModel(sequential(layers), [{ name: "d/kernel", shape: [6, 2], values: kernel }]);
}
const flatten = layer("Flatten", { name: "flatten", data_format: "channels_last" });
const ones = new Float32Array(6).fill(1);

test.each([
  ["Flatten → Dense → Softmax", [flatten], [layer("Softmax", { name: "s" })], true],
  [
    "Dropout before it",
    [layer("Dropout", { name: "o", rate: 0.1 }), flatten],
    [layer("Softmax", { name: "s" })],
    true,
  ],
  ["no softmax", [flatten], [], false],
  [
    "another activation",
    [flatten],
    [layer("Activation", { name: "s", activation: "sigmoid" })],
    false,
  ],
  [
    "Rescaling before it",
    [layer("Rescaling", { name: "r", scale: 2 }), flatten],
    [layer("Softmax", { name: "s" })],
    false,
  ],
])("linear models are those whose logits are one sum: %s", (_, before, after, linear) => {
  expect(engineOf(chain(before, after)).linear !== null).toBe(linear);
});

test("logits are what the last softmax was given, and null where there is none; Dense takes a list alone", () => {
  expect(() => engineOf(chain([], []))).toThrow(refusal("unsupported"));
  const answer = engineOf(chain([flatten], [layer("Softmax", { name: "s" })])).run(ones);
  expect([...answer.logits!]).toEqual([21, -21]);
  expect(engineOf(chain([flatten], [])).run(ones).logits).toBeNull();
});

describe("Functional models", () => {
  const kernel = {
    name: "d/kernel",
    shape: [6, 2],
    values: Float32Array.of(1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6),
  };
  const nodes = (from: string) => [[[from, 0, 0, {}]]];
  const parts = () => [
    called("InputLayer", "in", { batch_input_shape: [null, 2, 3] }),
    called("Flatten", "f", {}, "in"),
    called("Dense", "d", { units: 2, use_bias: false }, "f"),
  ];
  const ends = (...names: string[]) => names.map((name) => [name, 0, 0]);
  const functional = (layers: unknown, input: unknown = ends("in"), output: unknown = ends("d")) =>
    layersModel(
      {
        class_name: "Functional",
        config: { name: "m", layers, input_layers: input, output_layers: output },
      },
      [kernel],
    );

  test.each([
    ["lists of one tensor", [["in", 0, 0]], [["d", 0, 0]]],
    ["one tensor alone", ["in", 0, 0], ["d", 0, 0]],
  ])("a single chain runs, with inputs and outputs as %s", (_, input, output) => {
    expect([...engineOf(functional(parts(), input, output)).run(ones).probabilities]).toEqual([
      21, -21,
    ]);
  });

  const changed = (index: number, inbound: unknown) =>
    parts().map((part, at) => (at === index ? { ...part, inbound_nodes: inbound } : part));
  test.each([
    ["a skipped layer", functional(changed(2, nodes("in")))],
    ["a loop", functional(changed(1, nodes("d")))],
    ["two inputs of one layer", functional(changed(2, [[...nodes("f")[0]!, ...nodes("f")[0]!]]))],
    ["a layer that is called twice", functional(changed(2, [nodes("f")[0], nodes("f")[0]]))],
    ["arguments of a call", functional(changed(2, [[["f", 0, 0, { training: true }]]]))],
    ["another node of a layer", functional(changed(2, [[["f", 1, 0, {}]]]))],
    ["Keras 3's own inbound_nodes", functional(changed(2, [{ args: [], kwargs: {} }]))],
    ["an output that is not the last layer", functional(parts(), ends("in"), ends("f"))],
    ["two outputs", functional(parts(), ends("in"), ends("d", "f"))],
    ["two inputs", functional(parts(), ends("in", "in"))],
    ["no layers", functional([])],
    ["layers that are no list", functional("x")],
  ])("%s is refused", (_, model) => {
    expect(() => engineOf(model)).toThrow(refusal("unsupported"));
  });
});

describe("models that would give other answers than Keras are refused", () => {
  test.each([
    ["an unknown layer", layer("Conv2D", { name: "c", filters: 3 })],
    ["an inherited key as a layer", layer("constructor", { name: "c" })],
    ["a nested model", { class_name: "Sequential", config: { name: "s", layers: [] } }],
    ["an unknown option", layer("Flatten", { name: "f", order: "F" })],
    ["channels_first", layer("Flatten", { name: "f", data_format: "channels_first" })],
    ["a ReLU with a slope", layer("ReLU", { name: "r", negative_slope: 0.1 })],
    ["a ReLU with a threshold", layer("ReLU", { name: "r", threshold: 1 })],
    ["a ReLU with a maximum", layer("ReLU", { name: "r", max_value: 6 })],
    ["Softmax along another axis", layer("Softmax", { name: "s", axis: 0 })],
    ["Softmax over more than a list", layer("Softmax", { name: "s" })],
    ["Rescaling by a list", layer("Rescaling", { name: "r", scale: [1, 2, 3] })],
    ["Rescaling without a scale", layer("Rescaling", { name: "r" })],
    ["an unknown activation", layer("Activation", { name: "a", activation: "gelu" })],
    [
      "an activation that is an object",
      layer("Activation", { name: "a", activation: { class_name: "relu" } }),
    ],
    ["no activation", layer("Activation", { name: "a" })],
    ["another dtype", layer("Dropout", { name: "d", dtype: "float16" })],
    ["a dtype policy", layer("Dropout", { name: "d", dtype: { class_name: "DTypePolicy" } })],
    ["a layer that is no object", 7],
  ])("%s", (_, wrong) => {
    expect(() => engineOf(chain([wrong, flatten], []))).toThrow(refusal("unsupported"));
  });

  test.each([
    ["no input shape", [null]],
    ["an input of unknown length", [null, null, 3]],
    ["an input of negative length", [null, -2, 3]],
    ["an input of no length", [null, 0, 3]],
  ])("%s", (_, shape) => {
    expect(() => engineOf(chain([flatten], [], shape))).toThrow(ModelError);
  });

  test.each([
    [null],
    [{}],
    [7],
    [{ modelTopology: null, weightsManifest: [] }],
    [{ modelTopology: { class_name: "Sequential" } }],
  ])("model.json %j", (json) => {
    expect(() => createDenseEngine(json, new Uint8Array())).toThrow(refusal("unsupported"));
  });
});

const good = denseModel(4, [{ units: 2, activation: "softmax" }]);
const withWeights = (weights: LayersModel["weights"]) =>
  layersModel(good.modelJson.modelTopology, weights);
test.each([
  ["a missing bias", withWeights(good.weights.slice(0, 1))],
  ["a missing kernel", withWeights(good.weights.slice(1))],
  [
    "a weight too many",
    withWeights([...good.weights, { ...good.weights[1]!, name: "other/bias" }]),
  ],
  ["a transposed kernel", withWeights([{ ...good.weights[0]!, shape: [2, 4] }, good.weights[1]!])],
  [
    "a kernel of the same size",
    withWeights([{ ...good.weights[0]!, shape: [8] }, good.weights[1]!]),
  ],
  ["a truncated file", { ...good, data: good.data.slice(1) }],
])("weights that do not fit are refused: %s", (_, model) => {
  expect(() => engineOf(model)).toThrow(refusal("integrity"));
});
