// Models that are no image classifiers: here one of two inputs, ids of words and numbers, and two
// outputs.
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  called,
  functional,
  layer,
  layersModel,
  sequential,
  weight,
} from "../../testing/layers-model.ts";
import { filesOf, manifestOf, publish, ROOT, serve } from "../../testing/published.ts";
import { headlessHost } from "../headless.ts";
import { load } from "../load.ts";
import { tools } from "../tfjs/core.ts";
import type { LoadOptions } from "../types.ts";
import type { TensorModel } from "./types.ts";
import { refusal } from "../../testing/refusal.ts";

const MANIFEST = `${ROOT}0123456789ab/manifest.json`;
const ids = (length: number | null) => ({ name: "ids", shape: [length], dtype: "int32" });
const numbers = { name: "numbers", shape: [3], dtype: "float32" };
const price = { name: "price", shape: [1], kind: "values" };
const sort = { name: "sort", shape: [2], kind: "probabilities" };

const EMBEDDING = [1, 2, 3, 4, 5, 6, 7, 8];
/**
 * price: mean of the words' vectors, and the numbers, all added; sort: softmax of the sum's double
 * and its opposite.
 */
const model = layersModel(
  functional(
    [
      called("InputLayer", "ids", { batch_input_shape: [null, null], dtype: "int32" }),
      called("InputLayer", "numbers", { batch_input_shape: [null, 3], dtype: "float32" }),
      called("Embedding", "words", { input_dim: 4, output_dim: 2 }, "ids"),
      called("GlobalAveragePooling1D", "mean", {}, "words"),
      called("Concatenate", "all", { axis: -1 }, "mean", "numbers"),
      called("Dense", "price", { units: 1, activation: "linear" }, "all"),
      called("Dense", "sort", { units: 2, activation: "softmax", use_bias: false }, "price"),
    ],
    ["ids", "numbers"],
    ["price", "sort"],
  ),
  [
    weight("words/embeddings", [4, 2], EMBEDDING),
    weight("price/kernel", [5, 1], [1, 1, 1, 1, 1]),
    weight("price/bias", [1], [0.5]),
    weight("sort/kernel", [1, 2], [0.2, -0.1]),
  ],
);
const formats = [{ id: "layers-float32", files: filesOf(model) }];
const MIXED = { labels: [], input: [ids(null), numbers], output: [price, sort] };

const site = (change: object = MIXED) =>
  publish({ ...manifestOf(formats, 3, ["a", "b"]), ...change }, formats);
const open = async (
  change: object = MIXED,
  options: LoadOptions = {},
  address = MANIFEST,
): Promise<TensorModel> =>
  (await load(
    address,
    { fetch: serve(site(change)), ...options },
    headlessHost,
  )) as unknown as TensorModel;
function expected(
  words: readonly number[],
  given: readonly number[],
): { price: number; sort: number[] } {
  const vectors = words.map((word) => EMBEDDING[2 * word]! + EMBEDDING[2 * word + 1]!);
  const sum =
    vectors.reduce((a, b) => a + b, 0) / words.length + given.reduce((a, b) => a + b, 0) + 0.5;
  const share = 1 / (1 + Math.exp(-0.3 * sum));
  return { price: sum, sort: [share, 1 - share] };
}

const shaped = (values: readonly number[], shape: readonly number[]) =>
  Object.assign(Float32Array.from(values), { shape });

let before = 0;
beforeEach(async () => {
  (await open()).dispose(); // TensorFlow.js itself may keep a few for good
  await settled();
  before = tools.tensors();
});
afterEach(async () => {
  await settled(); // disposing waits for its turn
  expect(tools.tensors()).toBe(before);
});
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

describe("tensors by name", () => {
  test("give the outputs by name, for any length that is free, until dispose()", async () => {
    const loaded = await open();
    expect([loaded.inputs, loaded.outputs, loaded.url]).toEqual([
      MIXED.input,
      MIXED.output,
      MANIFEST,
    ]);
    for (const words of [[1], [3, 0, 2]]) {
      const answer = await loaded.predict({
        ids: Int32Array.from(words),
        numbers: Float32Array.of(1, 2, -4),
      });
      const { price, sort } = expected(words, [1, 2, -4]);
      expect(Object.keys(answer)).toEqual(["price", "sort"]);
      expect([...answer["price"]!.shape, ...answer["sort"]!.shape]).toEqual([1, 1, 1, 2]);
      expect(answer["price"]![0]).toBeCloseTo(price, 5);
      sort.forEach((share, index) => {
        expect(answer["sort"]![index]).toBeCloseTo(share, 6);
      });
    }
    // They may be changed as soon as predict() has been called.
    const given = { ids: Int32Array.of(1), numbers: Float32Array.of(1, 1, 1) };
    const answer = loaded.predict(given);
    given.numbers.fill(99);
    expect((await answer)["price"]![0]).toBeCloseTo(expected([1], [1, 1, 1]).price, 5);
    loaded.dispose();
    const late = { ids: Int32Array.of(1), numbers: new Float32Array(3) };
    await expect(loaded.predict(late)).rejects.toThrow(refusal("input", "dispose()"));
  });

  test("may be of several examples, whose shape is given, and an output is such a tensor", async () => {
    const loaded = await open({ ...MIXED, labels: ["a", "b"] });
    const given = {
      ids: Object.assign(Int32Array.of(0, 1, 2, 3, 0, 0), { shape: [3, 2] }),
      numbers: shaped([1, 2, 3, 4, 5, 6, 3e38, 3e38, 3e38], [3, 3]),
    };
    const { price, sort } = await loaded.predict(given);
    expect(price).toBeInstanceOf(Float32Array);
    expect(price!.shape).toEqual([3, 1]);
    expect(sort!.labels).toEqual(["a", "a", null]); // the last one is NaN
    expect(price![0]).toBeCloseTo(expected([0, 1], [1, 2, 3]).price, 5);
    expect(price![1]).toBeCloseTo(expected([2, 3], [4, 5, 6]).price, 5);
    loaded.dispose();
  });

  test.each<[string, unknown, string]>([
    [
      "one is missing",
      { ids: Int32Array.of(1) },
      'numbers must be a Float32Array of 3. Received: "Undefined"',
    ],
    [
      "one is unknown",
      { id: Int32Array.of(1) },
      'm must be given {ids, numbers}. Received: ["id"]. It does not take id.',
    ],
    [
      "none has a name",
      Float32Array.of(1),
      'must be given {ids, numbers}. Received: "Float32Array"',
    ],
    ["nothing is given", undefined, 'm must be given {ids, numbers}. Received: "Undefined"'],
    ["a text is given", "a text", 'm must be given {ids, numbers}. Received: "String"'],
    [
      "an id is no word's",
      { ids: Int32Array.of(4), numbers: new Float32Array(3) },
      "be from 0 to 3. Received: 4.",
    ],
    [
      "an Array for a typed one",
      { ids: [1], numbers: [1, 2, 3] },
      'Int32Array of any. Received: "Array"',
    ],
    [
      "another type",
      { ids: Float32Array.of(1) },
      'ids must be a Int32Array of any. Received: "Float32Array"',
    ],
    [
      "too few numbers",
      { ids: Int32Array.of(1), numbers: Float32Array.of(1, 2) },
      'of 3. Received: "2 numbers',
    ],
    [
      "nothing in one",
      { ids: new Int32Array(), numbers: new Float32Array(3) },
      'Received: "0 numbers',
    ],
    [
      "another shape",
      { ids: Int32Array.of(1), numbers: shaped([0, 0, 0, 0], [1, 4]) },
      '"4 numbers of shape 1,4"',
    ],
    [
      "a shape of another size",
      { ids: Int32Array.of(1), numbers: shaped([0, 0, 0], [2, 3]) },
      '"3 numbers of shape 2,3"',
    ],
    [
      "one is not finite",
      { ids: Int32Array.of(1), numbers: Float32Array.of(0, NaN, 0) },
      "numbers must be finite",
    ],
    [
      "several",
      { ids: Int32Array.of(1), numbers: new Float32Array(6) },
      "For several examples, give it a shape: [2, 3].",
    ],
    ["no lengths", { ids: Object.assign(Int32Array.of(1), { shape: "1" }) }, "numbers of shape 1"],
  ])("are refused if %s", async (_, given, message) => {
    const loaded = await open({ ...MIXED, name: "m" });
    await expect(loaded.predict(given as never)).rejects.toThrow(refusal("input", message));
    loaded.dispose();
  });
});

test("a shape is needed where more than one length is free, unless it is a picture's", async () => {
  const layers = [
    layer("InputLayer", {
      name: "grid",
      batch_input_shape: [null, null, null, 1],
      dtype: "float32",
    }),
    layer("GlobalMaxPooling2D", { name: "pooled" }),
    layer("Dense", { name: "top", units: 1, use_bias: false }),
  ];
  const grid = layersModel(sequential(layers), [weight("top/kernel", [1, 1], [2])]);
  const format = [{ id: "layers-float32", files: filesOf(grid) }];
  const input = { name: "grid", shape: [null, null, 1], dtype: "float32" };
  const manifest = { ...manifestOf(format, 1, []), input, output: price };
  const loaded = await open({}, { fetch: serve(publish(manifest, format)) });
  const values = Float32Array.of(1, 5, 3, 2, 0, 4);
  await expect(loaded.predict({ grid: values })).rejects.toThrow(
    refusal("input", "grid must have a property shape"),
  );
  const { price: found } = await loaded.predict({
    grid: Object.assign(values, { shape: [1, 2, 3, 1] }),
  });
  expect([...found!]).toEqual([10]);
  loaded.dispose();
  const drawing = [
    { step: "ink" },
    { step: "fit", box: 2 },
    { step: "center", height: 2, width: 3 },
  ];
  const preprocess = { drawing, image: [{ step: "scale", factor: 4 }, { step: "channel" }] };
  const taken = { ...input, image: { height: 2, width: 3, channels: 1 } };
  const drawn = await open(
    {},
    { fetch: serve(publish({ ...manifest, preprocess, input: taken }, format)) },
  );
  const picture = (ink: number) => ({
    width: 8,
    height: 8,
    data: new Uint8ClampedArray(256).fill(ink, 108, 116),
  });
  expect([...(await drawn.predict(picture(255) as never))["price"]!]).toEqual([8]);
  await expect(drawn.predict(picture(0) as never)).rejects.toThrow(
    refusal("input", "something on it"),
  );
  expect([...(await drawn.predict({ grid: values }))["price"]!]).toEqual([10]);
  drawn.dispose();
});

describe("manifests", () => {
  test.each<[string, object]>([
    ["another number of inputs", { ...MIXED, input: [ids(null)] }],
    ["another shape", { ...MIXED, input: [ids(null), { ...numbers, shape: [4] }] }],
    ["another rank", { ...MIXED, output: [{ ...price, shape: [] }, sort] }],
    ["another number of outputs", { ...MIXED, output: [price] }],
  ])("that promise %s than the files have are refused", async (_, change) => {
    await expect(open(change)).rejects.toThrow(refusal("manifest", "The model must have"));
  });

  test("are not model.json, which is named", async () => {
    const address = `${ROOT}0123456789ab/layers-float32/model.json`;
    const named = open(MIXED, {}, address);
    await expect(named).rejects.toThrow(refusal("manifest", `${address} must be a manifest.json`));
    await expect(named).rejects.toThrow('Received: "a model.json"');
  });

  test("that were never verified are refused, and others can be pinned by their hash", async () => {
    await expect(open({ ...MIXED, verification: null })).rejects.toThrow(
      refusal("unsupported", "verified"),
    );
    const pin = (text: Uint8Array) =>
      `sha256-${createHash("sha256").update(text).digest("base64")}`;
    const loaded = await open(MIXED, { integrity: pin(site().get(MANIFEST)!) });
    expect(loaded.inputs).toEqual(MIXED.input);
    loaded.dispose();
    await expect(open(MIXED, { integrity: pin(new Uint8Array(1)) })).rejects.toThrow(
      refusal("integrity"),
    );
  });
});

const drawing = { preprocess: { drawing: [], image: [] } };
const one = { input: numbers, output: sort, labels: ["a", "b"] };
test.each<[string, object]>([
  ["several inputs: ids, numbers", MIXED],
  ["several outputs: price, sort", { ...MIXED, input: numbers }],
  ["a manifest that does not say how an image becomes its input", { ...one, labels: [] }],
  // a classifier of tables, which load() takes
  ["a manifest that does not say how an image becomes its input", one],
  ["an input of no fixed size", { ...one, ...drawing, input: ids(null) }],
  ["no labels", { ...one, ...drawing, labels: [] }],
  ["values instead of probabilities", { ...one, ...drawing, output: { ...sort, kind: "values" } }],
])(
  "where only drawings are taken, a model is refused for %s, before its weights are asked for",
  async (why, change) => {
    const fetch = serve(site({ ...change, name: "m" }));
    const message = `m must take drawings and answer with probabilities of labels. Received: ${JSON.stringify(why)}`;
    await expect(open({}, { fetch, drawn: true })).rejects.toThrow(refusal("unsupported", message));
    expect(fetch.asked).toEqual([MANIFEST]);
  },
);
