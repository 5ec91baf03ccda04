// The dense engine with the rules for convolutional models, beside Keras, and its refusals.
// stock.test.ts has every layer and option beside TensorFlow.js.
import { afterEach, describe, expect, test, vi } from "vitest";
import { compile, plainKernels, wasmKernels } from "./kernels.ts";
import { rulesBy, rulesFor } from "./layers.ts";
import { expectClose } from "../../testing/close.ts";
import { kerasModel, LIMITS } from "../../testing/keras-models.ts";
import { layer, layersModel, sequential, weight, type Weight } from "../../testing/layers-model.ts";
import { refusal } from "../../testing/refusal.ts";
import { activation } from "../dense/activations.ts";
import { createDenseEngine, ruleOf, type DenseEngine } from "../dense/engine.ts";
import { fail, ModelError } from "../errors.ts";
import { sizeOf } from "../json.ts";

afterEach(() => vi.resetModules());

const open = (modelJson: unknown, data: Uint8Array, most = 2 ** 25): DenseEngine =>
  createDenseEngine(modelJson, data, rulesBy(plainKernels, most, ruleOf, activation));

test.each(["cnn float32", "cnn float16", "cnn uint16", "cnn uint8", "normalised float32"])(
  "%s gives Keras' own answers, and what softmax was given",
  async (title) => {
    const [name, dtype] = title.split(" ") as [string, string];
    const { modelJson, data, inputs, outputs } = kerasModel(`${name} layers ${dtype}`);
    const engine = createDenseEngine(modelJson, data, await rulesFor(fail, ruleOf, activation));
    inputs.forEach((input, sample) => {
      const before = input.slice();
      const { probabilities, logits } = engine.run(input);
      expect(input).toEqual(before);
      const powers = logits!.map(Math.exp);
      const sum = powers.reduce((a, b) => a + b);
      expectClose(probabilities, outputs[sample]!, LIMITS[dtype]!);
      expectClose(
        probabilities,
        powers.map((power) => power / sum),
        5e-7,
      );
    });
    engine.dispose();
    expect(() => engine.run(inputs[0]!)).toThrow(ModelError);
  },
);

test("answers belong to the caller: the next one does not change them", () => {
  const image = layer("InputLayer", {
    name: "i",
    batch_input_shape: [null, 2, 2, 1],
    dtype: "float32",
  });
  const conv = layer("Conv2D", { name: "c", filters: 4, kernel_size: [1, 1] });
  const weights = [
    weight("c/kernel", [1, 1, 1, 4], [1, 2, 3, 4]),
    weight("c/bias", [4], [0, 0, 0, 0]),
  ];
  const { modelJson, data } = layersModel(sequential([image, conv]), weights);
  const engine = open(modelJson, data);
  const first = engine.run(Float32Array.of(1, 0, 0, 0)).probabilities;
  engine.run(Float32Array.of(5, 6, 7, 8));
  expect([...first.subarray(0, 4)]).toEqual([1, 2, 3, 4]);
});

test("models have memories of their own", async () => {
  const { modelJson, data, inputs, outputs } = kerasModel("cnn layers float32");
  const byWasm = wasmKernels((await compile())!);
  const rules = () => rulesBy(byWasm, 2 ** 28, ruleOf, activation);
  const [one, other] = [
    createDenseEngine(modelJson, data, rules()),
    createDenseEngine(modelJson, data, rules()),
  ];
  for (const engine of [one, other, one]) {
    expectClose(engine.run(inputs[0]!).probabilities, outputs[0]!, LIMITS["float32"]!);
  }
});

test("where the page forbids WebAssembly, JavaScript gives the very same answers, and it is asked for once", async () => {
  const { modelJson, data, inputs } = kerasModel("cnn layers float32");
  const expected = createDenseEngine(modelJson, data, await rulesFor(fail, ruleOf, activation)).run(
    inputs[0]!,
  );
  const instantiate = vi.fn().mockRejectedValue(new Error("the policy forbids it"));
  vi.stubGlobal("WebAssembly", { instantiate });
  vi.resetModules(); // it remembers what was compiled
  const fresh = await import("./layers.ts");
  for (let models = 0; models < 2; models++) {
    const forbidden = createDenseEngine(
      modelJson,
      data,
      await fresh.rulesFor(fail, ruleOf, activation),
    );
    expect(forbidden.run(inputs[0]!)).toEqual(expected);
  }
  expect(instantiate).toHaveBeenCalledTimes(1);
});

describe("refuses as unsupported", () => {
  const shape = [6, 5, 2];
  const halves = (name: string, ...shape: number[]) =>
    weight(name, shape, Array<number>(sizeOf(shape)).fill(0.5));
  const conv = (options: Record<string, unknown>) => ({
    name: "l",
    filters: 3,
    kernel_size: [2, 2],
    ...options,
  });
  const kernel = [halves("l/kernel", 2, 2, 2, 3), halves("l/bias", 3)];
  const opened = (
    type: string,
    config: Record<string, unknown>,
    weights: readonly Weight[],
    most?: number,
  ) => {
    const input = layer("InputLayer", {
      name: "i",
      batch_input_shape: [null, ...shape],
      dtype: "float32",
    });
    const { modelJson, data } = layersModel(
      sequential([input, layer(type, { name: "l", ...config })]),
      weights,
    );
    return open(modelJson, data, most);
  };

  test("nothing of a layer that it can run", () => {
    expect(opened("Conv2D", conv({}), kernel).outputShape).toEqual([5, 4, 3]);
  });

  test.each<[string, string, Record<string, unknown>, readonly Weight[]]>([
    ["groups", "Conv2D", conv({ groups: 2 }), kernel],
    ["channels in front", "Conv2D", conv({ data_format: "channels_first" }), kernel],
    ["causal padding", "Conv2D", conv({ padding: "causal" }), kernel],
    ["an option that it does not know", "Conv2D", conv({ flavour: "lime" }), kernel],
    ["an unknown activation", "Conv2D", conv({ activation: "loud" }), kernel],
    ["a kernel that is larger than the image", "Conv2D", conv({ kernel_size: [7, 2] }), kernel],
    ["a stride that is no number", "Conv2D", conv({ strides: ["1", 1] }), kernel],
    ["a stride of 0", "Conv2D", conv({ strides: 0 }), kernel],
    [
      "a dilation that no memory holds",
      "Conv2D",
      conv({ dilation_rate: 2 ** 28, padding: "same" }),
      kernel,
    ],
    [
      "dilation of depthwise layers, which TensorFlow.js ignores",
      "DepthwiseConv2D",
      conv({ dilation_rate: 2 }),
      [],
    ],
    ["pooling of no size", "MaxPooling2D", { pool_size: [0, 2] }, []],
    ["negative padding", "ZeroPadding2D", { padding: [-1, 1] }, []],
    ["a target of another size", "Reshape", { target_shape: [7] }, []],
    ["a target of two free lengths", "Reshape", { target_shape: [-1, -1] }, []],
    ["another axis of softmax", "Softmax", { axis: 1 }, []],
    ["another axis of batch normalisation", "BatchNormalization", { axis: 1 }, []],
    ["slopes that are shared along one axis", "PReLU", { shared_axes: [1] }, []],
    ["another alpha of elu", "ELU", { alpha: 0.5 }, []],
    ["another layer", "Conv3D", conv({}), kernel],
  ])("%s", (_, type, config, weights) => {
    expect(() => opened(type, config, weights)).toThrow(refusal("unsupported"));
  });

  test("more multiplications than keep up with drawing", () => {
    // 5 × 4 results of 2 × 2 × 2 terms, for three channels that are computed as four
    expect(opened("Conv2D", conv({}), kernel, 640).outputShape).toEqual([5, 4, 3]);
    expect(() => opened("Conv2D", conv({}), kernel, 639)).toThrow(refusal("unsupported"));
  });

  test("but weights of another shape are damaged", () => {
    const other = [halves("l/kernel", 2, 2, 3, 2), halves("l/bias", 3)];
    expect(() => opened("Conv2D", conv({}), other)).toThrow(refusal("integrity"));
  });
});
