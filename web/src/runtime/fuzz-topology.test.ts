// model.json with anything anywhere, and weights of any bytes, through load(): a ModelError, or the
// answer that stock TensorFlow.js gives.
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { expectClose } from "../testing/close.ts";
import { attempt, changed, changes, oneShard, siteOf, stockAnswer } from "../testing/fuzz.ts";
import {
  denseModel,
  layer,
  layersModel,
  randomArray,
  randomNumbers,
  sequential,
} from "../testing/layers-model.ts";
import { reached, runs } from "../testing/tiers.ts";
import { sizeOf } from "./json.ts";

const chain = denseModel(6, [
  { units: 5, activation: "relu" },
  { units: 4, activation: "tanh", useBias: false },
  { units: 3, activation: "softmax" },
]);

const models = {
  "a chain of dense layers": { ...chain, route: "layers", shape: [6] },
  "a CNN": { ...oneShard("cnn layers float32"), shape: [10, 10, 1] },
  "a graph": { ...oneShard("cnn graph float32"), shape: [10, 10, 1] },
  branches: { ...oneShard("branches layers float32"), shape: [10, 10, 1] },
} as const;

/**
 * Float32 sums of some ten terms, of values and weights around 1, in another order; a change can
 * make them ten times larger.
 */
const TOLERANCE = 1e-5;

describe.each(Object.entries(models))("%s", (_, { modelJson, data, route, shape }) => {
  const inputs = sizeOf(shape);
  const input = randomArray(inputs, randomNumbers(7)).map(Math.abs);

  const open = (json: unknown, bytes: Uint8Array) =>
    attempt(
      siteOf(json, bytes, { route, inputs, shape }),
      async (model) => (await model.predict(input)).probabilities!,
    );

  test("as it is", async () => {
    const found = await open(modelJson, data);
    const stock = await stockAnswer(route, modelJson, data, input, shape);
    if (!("answer" in found) || !stock)
      throw new Error(`Both must answer. Received: ${JSON.stringify(found)}.`);
    expectClose(found.answer, stock, TOLERANCE);
  });

  test("with up to two changes, and digests to match", async () => {
    let [answered, compared] = [0, 0];
    const property = fc.asyncProperty(changes(2), async (all) => {
      const json = changed(modelJson, all);
      const found = await open(json, data);
      if (!("answer" in found)) return;
      answered += 1;
      const stock = await stockAnswer(route, json, data, input, shape);
      if (!stock) return;
      compared += 1;
      expectClose(found.answer, stock, TOLERANCE);
    });
    await fc.assert(property, { numRuns: runs(300), seed: 31 });
    expect(answered).toBeGreaterThan(reached(20)); // much of a topology is for training
    expect(compared).toBeGreaterThan(reached(10));
  });

  test("with weights of any bytes and any length: an answer in 0..1, or a refusal", async () => {
    const length = fc.oneof(fc.constant(data.length), fc.integer({ min: 1, max: 2 * data.length }));
    const garbage = fc.uint8Array({ maxLength: 64 });
    const property = fc.asyncProperty(
      length,
      fc.nat({ max: data.length }),
      garbage,
      async (length, place, garbage) => {
        const bytes = new Uint8Array(length);
        bytes.set(data.subarray(0, length));
        bytes.set(garbage.subarray(0, Math.max(0, length - place)), Math.min(place, length));
        const found = await open(modelJson, bytes);
        if ("code" in found)
          expect(found.code).toMatch(
            length === data.length ? /integrity|unsupported/ : /integrity/,
          );
        else for (const value of found.answer) expect(value >= 0 && value <= 1).toBe(true);
        expect("answer" in found && length !== data.length).toBe(false);
      },
    );
    await fc.assert(property, { numRuns: runs(150), seed: 42 });
  });
});

describe("sizes that no machine can hold are refused before memory is requested", () => {
  /** Far more numbers than anything here needs, and far fewer than the models claim. */
  const MOST = 2 ** 22;
  let largest = 0;

  beforeEach(() => {
    largest = 0;
    const names = [
      "ArrayBuffer",
      "Float64Array",
      "Float32Array",
      "Int32Array",
      "Uint8Array",
    ] as const;
    for (const name of names) {
      const original = globalThis[name] as unknown as new (...rest: unknown[]) => object;
      const watched: object = new Proxy(original, {
        construct(target, rest: unknown[], asked) {
          if (typeof rest[0] === "number") largest = Math.max(largest, rest[0]);
          return Reflect.construct(target, rest, asked === watched ? target : asked) as object;
        },
      });
      vi.stubGlobal(name, watched);
    }
  });
  afterEach(() => {
    expect(largest).toBeGreaterThan(0); // it is watched
    expect(largest).toBeLessThan(MOST);
  });

  const HUGE = 2 ** 28;
  const input = (shape: readonly number[]) =>
    layer("InputLayer", { name: "in", batch_input_shape: [null, ...shape], dtype: "float32" });
  const named = (type: string, config: Record<string, unknown> = {}) =>
    layer(type, { name: type, ...config });
  const dense = named("Dense", { units: 3, activation: "softmax", use_bias: true });
  const square = input([2, 2, 1]);

  /** Layers of some size, and the size that the weights below are for; null where there is none. */
  const topologies: Record<string, [(size: number) => readonly unknown[], number | null]> = {
    "an input": [(size) => [input([size, size, 1]), named("Flatten"), dense], 2],
    "a flat input": [(size) => [input([size]), dense], 4],
    units: [(units) => [input([4]), named("Dense", { units, activation: "softmax" })], 3],
    filters: [
      (filters) => [
        square,
        named("Conv2D", { filters, kernel_size: [1, 1] }),
        named("Flatten"),
        dense,
      ],
      null,
    ],
    "a kernel": [
      (size) => [
        square,
        named("Conv2D", { filters: 1, kernel_size: [size, size], padding: "same" }),
      ],
      null,
    ],
    padding: [
      (size) => [
        square,
        named("ZeroPadding2D", { padding: [size, size] }),
        named("Flatten"),
        dense,
      ],
      0,
    ],
    enlarging: [
      (size) => [square, named("UpSampling2D", { size: [size, size] }), named("Flatten"), dense],
      1,
    ],
    repeating: [(n) => [input([4]), named("RepeatVector", { n }), named("Flatten"), dense], 1],
    reshaping: [(size) => [input([4]), named("Reshape", { target_shape: [size] }), dense], 4],
  };
  const open = (layers: readonly unknown[]) => {
    const weights = [
      { name: "Dense/kernel", shape: [4, 3], values: new Float32Array(12) },
      { name: "Dense/bias", shape: [3], values: new Float32Array(3) },
    ];
    const { modelJson, data } = layersModel(sequential(layers), weights);
    const [{ config }] = layers as [{ config: { batch_input_shape: number[] } }];
    const shape = config.batch_input_shape.slice(1);
    return attempt(siteOf(modelJson, data, { inputs: 4, shape }), (model) =>
      model.predict(new Float32Array(4)),
    );
  };

  test.each(Object.entries(topologies))("%s of a layers-model", async (_, [layersOf, fitting]) => {
    if (fitting !== null) expect(await open(layersOf(fitting))).toHaveProperty("answer");
    for (const size of [2 ** 14, HUGE, 2 ** 40]) {
      expect(await open(layersOf(size))).toEqual({
        code: expect.stringMatching(/integrity|unsupported/) as string,
      });
    }
  });

  test.each(["layers", "graph"])("a weight of a %s model", async (route) => {
    const { modelJson, data } = oneShard(`cnn ${route} float32`);
    const specs = modelJson.weightsManifest[0]!.weights;
    for (const [index] of specs.entries()) {
      const json = structuredClone(modelJson);
      json.weightsManifest[0]!.weights[index]!["shape"] = [2 ** 20, 2 ** 20];
      const site = siteOf(json, data, { route, inputs: 100, shape: [10, 10, 1] });
      const found = await attempt(site, (model) => model.predict(new Float32Array(100)));
      expect(found).toEqual({ code: "integrity" });
    }
  });

  test("an input of a graph", async () => {
    const { modelJson, data } = oneShard("cnn graph float32");
    const text = JSON.stringify(modelJson).replaceAll('{"size":"10"}', `{"size":"${2 ** 20}"}`);
    expect(text).not.toBe(JSON.stringify(modelJson));
    const site = siteOf(JSON.parse(text), data, {
      route: "graph",
      inputs: 100,
      shape: [10, 10, 1],
    });
    const found = await attempt(site, (model) => model.predict(new Float32Array(100)));
    expect(found).toHaveProperty("code");
  });

  const five = (type: string) =>
    Array.from({ length: 5000 }, (_, i) => layer(type, { name: `layer_${i}` }));
  const padding = (i: number) =>
    layer("ZeroPadding2D", { name: `layer_${i}`, padding: [200, 200] });
  const cropped = named("Cropping2D", { cropping: [4000, 4000] });
  test.each<[string, number, readonly unknown[]]>([
    [
      "twenty layers of which each is small enough",
      2,
      [...Array.from({ length: 20 }, (_, i) => padding(i)), cropped],
    ],
    ["five thousand small layers", 2, five("Masking")],
    ["five thousand layers of a large input", 200, five("ReLU")],
  ])("%s, together", async (_, side, inner) => {
    expect(await open([input([side, side, 1]), ...inner, named("Flatten"), dense])).toEqual({
      code: "unsupported",
    });
  });

  test("a loop of a graph that never ends", async () => {
    const T = { type: "DT_FLOAT" };
    const dim = [{ size: "-1" }, { size: "3" }];
    const calling = (name: string) => ({ func: { name } });
    const ofOne = (name: string, type: string, op: string, input: string[], result: string) => ({
      signature: { name, inputArg: [{ name: "a", ...T }], outputArg: [{ name: "out", type }] },
      nodeDef: [{ name: "node", op, input, attr: { T } }],
      ret: { out: `node:${result}:0` },
    });
    const modelTopology = {
      node: [
        { name: "w", op: "Const", attr: { dtype: T } },
        { name: "x", op: "Placeholder", attr: { dtype: T, shape: { shape: { dim } } } },
        {
          name: "loop",
          op: "StatelessWhile",
          input: ["x"],
          attr: {
            cond: calling("always"),
            body: calling("same"),
            T: { list: { type: ["DT_FLOAT"] } },
          },
        },
        { name: "sum", op: "AddV2", input: ["loop", "w"], attr: { T } },
      ],
      library: {
        function: [
          ofOne("always", "DT_BOOL", "GreaterEqual", ["a", "a"], "z"),
          ofOne("same", "DT_FLOAT", "Identity", ["a"], "output"),
        ],
      },
      versions: { producer: 1 },
    };
    const weights = [{ name: "w", shape: [1], dtype: "float32" }];
    const json = { modelTopology, weightsManifest: [{ paths: ["group1-shard1of1.bin"], weights }] };
    const site = siteOf(json, new Uint8Array(4), { route: "graph", inputs: 3 });
    const found = await attempt(site, (model) => model.predict(new Float32Array(3)));
    expect(found).toEqual({ code: "unsupported" });
  });
});
