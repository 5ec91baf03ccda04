// Models that the engine does not run give a typed error, never a wrong answer, a hang, or tensors
// left behind. Anything else anywhere in the files: ../fuzz-topology.test.ts.
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { kerasModel, type KerasModel, type ModelJson } from "../../testing/keras-models.ts";
import { called, layer, sequential } from "../../testing/layers-model.ts";
import { tools } from "./core.ts";
import { prepareTfjs } from "./engine.ts";
import type { ModelErrorCode } from "../errors.ts";
import type { Engine } from "../types.ts";
import { refusal } from "../../testing/refusal.ts";

const engineOf = async ({ route, modelJson, data }: KerasModel): Promise<Engine> =>
  (await prepareTfjs(route, modelJson))(data);

let before = 0;
beforeAll(async () => {
  // TensorFlow.js itself may keep a few for good
  const engine = await engineOf(kerasModel("cnn layers float32"));
  engine.dispose();
});
beforeEach(async () => {
  await new Promise((resolve) => setTimeout(resolve)); // disposing waits for its turn
  before = tools.tensors();
});
afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve));
  expect(tools.tensors()).toBe(before);
});

type Changes = Readonly<
  Record<string, (model: { modelJson: ModelJson; data: Uint8Array }) => unknown>
>;

const configOf = (
  modelJson: ModelJson,
): { layers: { class_name: string; config: Record<string, unknown> }[] } =>
  (modelJson.modelTopology["model_config"] as { config: { layers: never } }).config;
const firstWeight = (modelJson: ModelJson): Record<string, unknown> =>
  modelJson.weightsManifest[0]!.weights[0]!;

const damages: Readonly<Record<string, Changes>> = {
  integrity: {
    "weights that are cut off": (model) => (model.data = model.data.slice(0, -1)),
    "a weight of another name": ({ modelJson }) =>
      (firstWeight(modelJson)["name"] = "other/kernel"),
    "a weight without a name": ({ modelJson }) => delete firstWeight(modelJson)["name"],
    "two weights of one name": ({ modelJson }) => {
      const [first, second] = modelJson.weightsManifest[0]!.weights;
      second!["name"] = first!["name"];
    },
    "a weight of another shape": ({ modelJson }) =>
      (firstWeight(modelJson)["shape"] as number[]).reverse(),
    "a shape of fractions": ({ modelJson }) => (firstWeight(modelJson)["shape"] = [0.5, 2]),
    "a layer that wants nothing": ({ modelJson }) => configOf(modelJson).layers.splice(-2, 1),
    "a scale that is no number": ({ modelJson }) =>
      (firstWeight(modelJson)["quantization"] = { dtype: "uint8", scale: "1", min: 0 }),
  },
  unsupported: {
    "a weight of text": ({ modelJson }) => (firstWeight(modelJson)["dtype"] = "string"),
    "an unknown packing": ({ modelJson }) =>
      (firstWeight(modelJson)["quantization"] = { dtype: "int4" }),
    "no weights manifest": ({ modelJson }) => (modelJson.weightsManifest = null as never),
    "no topology": ({ modelJson }) => (modelJson.modelTopology = {}),
    "no layers": ({ modelJson }) => (configOf(modelJson).layers = []),
    "layers without a size": ({ modelJson }) =>
      delete configOf(modelJson).layers[0]!.config["batch_input_shape"],
    "an input of no fixed size": ({ modelJson }) =>
      (configOf(modelJson).layers[0]!.config["batch_input_shape"] = [null, null, null, 1]),
  },
};

describe.each(Object.entries(damages))("%s", (code, changes) => {
  test.each(Object.entries(changes))("%s", async (_, change) => {
    const model = kerasModel("cnn layers float32");
    const changed = { ...model, data: model.data.slice() };
    change(changed);
    await expect(engineOf(changed)).rejects.toThrow(refusal(code as ModelErrorCode));
  });
});

describe("names what it lacks", () => {
  test.each(["NoSuchLayer", "constructor", "__proto__", "toString"])(
    "the layer %s",
    async (type) => {
      const model = kerasModel("cnn layers float32");
      configOf(model.modelJson).layers[3]!.class_name = type;
      await expect(engineOf(model)).rejects.toThrow(refusal("unsupported", type));
    },
  );

  test("an activation", async () => {
    const model = kerasModel("cnn layers float32");
    configOf(model.modelJson).layers[1]!.config["activation"] = "no_such_curve";
    await expect(engineOf(model)).rejects.toThrow(refusal("unsupported", "noSuchCurve"));
  });

  test("an operation of a graph", async () => {
    const model = kerasModel("cnn graph float32");
    const { node } = model.modelJson.modelTopology as { node: { op: string }[] };
    node.find(({ op }) => op === "MaxPool")!.op = "NoSuchOperation";
    await expect(engineOf(model)).rejects.toThrow(refusal("unsupported", "NoSuchOperation"));
  });
});

describe("wiring", () => {
  const functional = (nodes: unknown, outputs: unknown = [["b", 0, 0]]) => {
    const model = kerasModel("cnn layers float32");
    const config = { units: 2, use_bias: false, batch_input_shape: [null, 2] };
    model.modelJson.modelTopology = {
      class_name: "Functional",
      config: {
        name: "m",
        layers: [
          called("InputLayer", "i", config),
          called("Dense", "a", config, "i"),
          { ...called("Dense", "b", config), inbound_nodes: nodes },
        ],
        input_layers: [["i", 0, 0]],
        output_layers: outputs,
      },
    };
    const weights = ["a/kernel", "b/kernel"].map((name) => ({
      name,
      shape: [2, 2],
      dtype: "float32",
    }));
    model.modelJson.weightsManifest = [{ paths: ["w"], weights }];
    return { ...model, data: new Uint8Array(32) };
  };

  test("that is sound is run", async () => {
    const engine = await engineOf(functional([[["a", 0, 0, {}]]]));
    expect((await engine.run(Float32Array.of(1, 2))).probabilities).toEqual(Float32Array.of(0, 0));
    engine.dispose();
  });

  // TensorFlow.js would look for these inputs for ever.
  test.each([
    ["to a layer that does not exist", [[["c", 0, 0, {}]]], undefined],
    ["to itself", [[["b", 0, 0, {}]]], undefined],
    ["to a call that is never made", [[["a", 1, 0, {}]]], undefined],
    ["to an output that a layer does not have", [[["a", 0, 7, {}]]], undefined],
    ["that is no list", { a: 1 }, undefined],
    ["that is Keras 3's own", [{ args: [], kwargs: {} }], undefined],
    ["to no output", [[["a", 0, 0, {}]]], []],
    ["to an output that does not exist", [[["a", 0, 0, {}]]], [["c", 0, 0]]],
    [
      "to two outputs",
      [[["a", 0, 0, {}]]],
      [
        ["a", 0, 0],
        ["b", 0, 0],
      ],
    ],
  ])("%s is refused", async (_, nodes, outputs) => {
    await expect(engineOf(functional(nodes, outputs))).rejects.toThrow(refusal("unsupported"));
  });
});

const rescaled = (...more: readonly unknown[]) => {
  const model = kerasModel("cnn layers float32");
  const rescaling = layer("Rescaling", { name: "r", scale: 1e38, batch_input_shape: [null, 2] });
  model.modelJson.modelTopology = sequential([rescaling, ...more]) as Record<string, unknown>;
  model.modelJson.weightsManifest = [];
  return engineOf({ ...model, data: new Uint8Array() });
};

test("an overflow is an error, not an answer", async () => {
  const engine = await rescaled();
  expect((await engine.run(Float32Array.of(1, 2))).probabilities[0]).toBeCloseTo(1e38, -32);
  await expect(engine.run(Float32Array.of(1, 1e10))).rejects.toThrow(
    refusal("unsupported", "overflow"),
  );
  // and it goes on working
  expect((await engine.run(Float32Array.of(1, 2))).probabilities[0]).toBeCloseTo(1e38, -32);
  engine.dispose();
});

test("NaN, which Keras makes of padding alone, as the first try may be, is an error of the input", async () => {
  const engine = await rescaled(
    layer("Rescaling", { name: "s", scale: 1e38 }),
    layer("Softmax", { name: "t" }),
  );
  await expect(engine.run(Float32Array.of(0.5, 0.5))).rejects.toThrow(
    refusal("input", 'Received: "NaN". Give it'),
  );
  expect((await engine.run(new Float32Array(2))).probabilities).toEqual(Float32Array.of(0.5, 0.5));
  engine.dispose();
});
