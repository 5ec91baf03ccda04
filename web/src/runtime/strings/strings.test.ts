// Models of strings: here a review and numbers become a mood, and a word. Every option against
// Keras: tests/tfjs/test_strings.py.
import { expect, test } from "vitest";
import { called, functional, layersModel, weight } from "../../testing/layers-model.ts";
import { filesOf, manifestOf, publish, ROOT, serve } from "../../testing/published.ts";
import { refusal } from "../../testing/refusal.ts";
import { fail } from "../errors.ts";
import { headlessHost } from "../headless.ts";
import { load } from "../load.ts";
import { draw } from "../proof.ts";
import type { TensorModel } from "../tensors/types.ts";
import type { LoadOptions } from "../types.ts";
import { createPreparation, type Preparation } from "./tokens.ts";

const LAYER: Preparation = {
  ...{
    from: "review",
    into: "ids",
    lower: true,
    strip: true,
    split: "whitespace",
    ngrams: null,
    length: 3,
  },
  ...{
    vocabulary: ["good", "bad"],
    first: 2,
    mask: "",
    masked: 0,
    bins: 1,
    unknown: 1,
    salt: null,
  },
  ...{ mode: "int", depth: null, weights: null },
};

/** mood: good pulls to the second class, bad to the first. */
const model = layersModel(
  functional(
    [
      called("InputLayer", "ids", { batch_input_shape: [null, 3], dtype: "int32" }),
      called("InputLayer", "numbers", { batch_input_shape: [null, 1], dtype: "float32" }),
      called("Embedding", "words", { input_dim: 4, output_dim: 1 }, "ids"),
      called("Flatten", "flat", {}, "words"),
      called("Concatenate", "all", { axis: -1 }, "flat", "numbers"),
      called("Dense", "mood", { units: 2, activation: "softmax", use_bias: false }, "all"),
      called("Dense", "place", { units: 1, activation: "linear", use_bias: false }, "numbers"),
    ],
    ["ids", "numbers"],
    ["mood", "place"],
  ),
  [
    weight("words/embeddings", [4, 1], [0, 0, 1, -1]),
    weight("mood/kernel", [4, 2], [-1, 1, -1, 1, -1, 1, 0, 0]),
    weight("place/kernel", [1, 1], [1]),
  ],
);

const numbers = { name: "numbers", shape: [1], dtype: "float32" };
const review = { name: "review", shape: [1], dtype: "string" };
const mood = { name: "mood", shape: [2], kind: "probabilities" };
const place = { name: "place", shape: [1], kind: "values" };
const STRINGS = {
  input: [{ name: "ids", shape: [3], dtype: "int64" }, numbers],
  output: [mood, place],
  preparations: [LAYER],
  words: [null, { vocabulary: ["no", "yes"], unknown: "?" }],
};

async function open(
  strings: unknown = STRINGS,
  more: object = {},
  asked: LoadOptions = {},
): Promise<TensorModel> {
  const files = filesOf(model).set(
    "strings.json",
    new TextEncoder().encode(JSON.stringify(strings)),
  );
  const formats = [{ id: "layers-float32", files }];
  const manifest = {
    ...manifestOf(formats, 1, ["bad", "good"]),
    input: [review, numbers],
    output: [mood, { ...place, name: "word" }],
    ...more,
  };
  const options = { ...asked, fetch: serve(publish(manifest, formats)) };
  return (await load(
    `${ROOT}0123456789ab/manifest.json`,
    options,
    headlessHost,
  )) as unknown as TensorModel;
}

test("strings are given by name, and answers have labels and words", async () => {
  const loaded = await open();
  expect(loaded.inputs).toEqual([review, numbers]);
  const given = {
    review: ["A GOOD one", "so bad, bad!"],
    numbers: Object.assign(Float32Array.of(1, 7), { shape: [2, 1] }),
  };
  const { ids } = loaded.prepare!(given);
  expect([ids, ids!.shape]).toEqual([
    Object.assign(Int32Array.of(1, 2, 1, 1, 3, 3), { shape: [2, 3] }),
    [2, 3],
  ]);
  const answer = await loaded.predict(given);
  expect(Object.keys(answer)).toEqual(["mood", "word"]);
  expect(answer["mood"]!.labels).toEqual(["good", "bad"]);
  expect(answer["mood"]![1]).toBeCloseTo(1 / (1 + Math.exp(-2)), 6);
  expect([...answer["word"]!.labels!]).toEqual(["yes", "?"]);
  expect([...answer["word"]!]).toEqual([1, 7]);
  loaded.dispose();
});

test("what follows the words is proven on the device", async () => {
  const ids = { shape: [3], low: 0, high: 3, whole: true };
  const number = { shape: [1], low: -1, high: 1, whole: false };
  const answers = Array.from({ length: 8 }, (_, probe) => [...draw(number, probe, 1)]); // the output `word` is the number
  const outputs = [
    { places: [], answers: answers.map(() => []), limit: 0 },
    { places: [0], answers, limit: 1e-6 },
  ];
  let told: unknown;
  const proven = new Promise((resolve) => (told = resolve));
  const probes = { inputs: [ids, number], outputs };
  const loaded = await open(STRINGS, { probes }, { onProof: told as (proof: unknown) => void });
  await loaded.predict({ review: ["good"], numbers: one });
  expect(await proven).toMatchObject({ agreed: 8, count: 8 });
  expect(loaded.proof).toMatchObject({ agreed: 8 });
  loaded.dispose();
});

const one = Float32Array.of(1);
test.each<[string, unknown, string]>([
  [
    "a string",
    { review: "good", numbers: one },
    "review must be a list of strings, one for each example",
  ],
  ["no strings", { review: [], numbers: one }, "review must be a list of strings"],
  ["numbers", { review: [1], numbers: one }, "review must be a list of strings"],
  [
    "another name",
    { review: ["good"], numbers: one, odd: one },
    '["review","numbers","odd"]. It does not take odd.',
  ],
  ["strings alone", ["good"], "review must be a list of strings, one for each example"],
  [
    "a text alone",
    "good",
    'review must be a list of strings, one for each example. Received: "good"',
  ],
  ["no numbers", { review: ["good"] }, "numbers must be a Float32Array of 1"],
])("%s in place of strings and numbers are refused", async (_, given, message) => {
  const loaded = await open();
  await expect(loaded.predict(given as never)).rejects.toThrow(refusal("input", message));
  loaded.dispose();
});

test.each<[string, object]>([
  ["no words", { words: undefined }],
  ["words for fewer outputs", { words: [null] }],
  ["another input", { preparations: [{ ...LAYER, from: "odd" }] }],
  ["a vocabulary of numbers", { preparations: [{ ...LAYER, vocabulary: [1] }] }],
  ["inputs of another shape", { input: [{ ...STRINGS.input[0]!, shape: [4] }, numbers] }],
])("a strings.json of %s is refused", async (_, change) => {
  await expect(open({ ...STRINGS, ...change })).rejects.toThrow(refusal("manifest"));
});

const prepare = (change: Partial<Preparation>, strings: string[], lengths: number[] = [1]) =>
  createPreparation({ ...LAYER, ...change }, fail)(strings, lengths);

test("one list of strings is enough where there is no other input", () => {
  expect(prepare({ length: null }, ["good", "bad bad good"]).values).toEqual([2, 0, 0, 3, 3, 2]);
  expect(prepare({ split: null, length: null }, ["good", "x"], [2])).toEqual({
    shape: [1, 2],
    values: [2, 1],
  });
});

test("words that a vocabulary must have, and at least one of them, are asked for", () => {
  expect(() => prepare({ bins: 0 }, ["good odd"])).toThrow(
    refusal("input", "words that the model knows"),
  );
  expect(() => prepare({ length: null }, ["", "!"])).toThrow(
    refusal("input", "review must have a word"),
  );
});

test("half of a pair of surrogates is what UTF-8 makes of it", () => {
  const change = { vocabulary: ["\ufffd", "👍"], split: "character" } as const;
  expect(prepare(change, ["\ud83d👍"]).values).toEqual([2, 3, 0]);
});
