// The visitor's own classes: what is learned, and what can be taken along.
import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, test } from "vitest";
import { headlessHost } from "../../runtime/headless.ts";
import { load } from "../../runtime/load.ts";
import { parseManifest } from "../../runtime/manifest.ts";
import type { Pixels } from "../../runtime/types.ts";
import { manifestOf, serve, softmaxFormats } from "../../testing/published.ts";
import { randomNumbers } from "../../testing/layers-model.ts";
import { expectClose } from "../../testing/close.ts";
import { sharesOf, type Examples } from "../training/sgd.ts";
import { examplesOf, freeName, rename, type Classes } from "./classes.ts";
import { modelFiles } from "./model-files.ts";
import {
  exampleOf,
  fromBytes,
  preparationOf,
  toBytes,
  toInput,
  toPicture,
  type Preparation,
} from "./preparation.ts";
import { learn, rateFor, train } from "./training.ts";

/** As two engines in float32 and double precision differ. */
const LIMIT = 1e-6;

const preprocess = {
  drawing: [{ step: "ink" }, { step: "fit", box: 20 }, { step: "center", height: 28, width: 28 }],
  image: [
    { step: "align", height: 0.2, width: 0.15, limit: 1.6 },
    { step: "scale", factor: 1 },
    { step: "channel" },
  ],
} as const;

/** The manifest of a model that is not linear, and takes its pictures with a final axis. */
function manifest(more: object = {}) {
  const image = { height: 28, width: 28, channels: 1 };
  const input = { name: "pixels", shape: [28, 28, 1], dtype: "float32", image };
  return parseManifest({
    ...manifestOf(softmaxFormats(784, 3), 784, ["a", "b", "c"]),
    input,
    preprocess,
    ...more,
  });
}
const preparation: Preparation = preparationOf(manifest())!;

const random = randomNumbers(7);

/** A drawing of a bar across, of one down, or of both, somewhere on transparency. */
function drawing(kind: number): Pixels {
  const [width, height] = [120, 120];
  const data = new Uint8ClampedArray(4 * width * height);
  const at = () => 55 + Math.round(8 * random());
  const fill = (left: number, top: number, wide: number, tall: number) => {
    for (let y = top; y < top + tall; y++) {
      for (let x = left; x < left + wide; x++) data[4 * (y * width + x) + 3] = 255;
    }
  };
  if (kind !== 1) fill(20, at(), 80, 10);
  if (kind !== 0) fill(at(), 20, 10, 80);
  return { data, width, height };
}

const NAMES = ["Balken", "Säule", "cross ✚"];
function classesOf(count: number): Classes {
  return NAMES.map((name, kind) => ({
    name,
    examples: Array.from({ length: count }, () =>
      exampleOf(toBytes(toPicture(drawing(kind), preparation)!), null, preparation),
    ),
  }));
}

const bareOf = (name: string) => ({ name, examples: [] });
const classes = classesOf(6);
const examples: Examples = examplesOf(classes);
const weights = train(examples, 3);
const inputOf = (row: number) => examples.inputs.subarray(row * 784, (row + 1) * 784);

beforeAll(async () => {
  await tf.setBackend("cpu");
});

test("the steps are the page's, for a list of pixels; a model of photos or of numbers has none for drawings", () => {
  expect(preparation.preprocess.image.map(({ step }) => step)).toEqual([
    "align",
    "scale",
    "flatten",
  ]);
  expect(preparation.preprocess.drawing).toEqual(preprocess.drawing);
  const photos = { drawing: [{ step: "grey", background: 1 }], image: [{ step: "flatten" }] };
  expect(preparationOf(manifest({ preprocess: photos }))).toBeNull();
  const input = { name: "pixels", shape: [784], dtype: "float32", image: null };
  expect(preparationOf(manifest({ input, preprocess: null }))).toBeNull();
});

test("drawings are learned, and others of their kind are read", () => {
  let right = 0;
  for (let kind = 0; kind < 3; kind++) {
    for (let time = 0; time < 10; time++) {
      const shares = sharesOf(
        weights,
        toInput(toPicture(drawing(kind), preparation)!, preparation),
      );
      expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
      if (shares.indexOf(Math.max(...shares)) === kind) right++;
    }
  }
  expect(right).toBe(30);
});

test("training is the same each time, and never makes the loss worse", () => {
  expect(learn(classes)!.weights.kernel).toEqual(weights.kernel);
  expect(train(examples, 3, 100).kernel).toEqual(weights.kernel);
  const losses = Array.from({ length: 101 }, (_, steps) => {
    const now = train(examples, 3, steps);
    const shares = Array.from(examples.labels, (label, row) => sharesOf(now, inputOf(row))[label]!);
    return shares.reduce((sum, share) => sum - Math.log(share), 0) / shares.length;
  });
  expect(losses[0]).toBeCloseTo(Math.log(3), 9);
  for (const [step, loss] of losses.slice(1).entries()) expect(loss).toBeLessThan(losses[step]!);
  const squares =
    examples.inputs.reduce((sum, value) => sum + value ** 2, 0) / examples.labels.length;
  expect(rateFor(examples)).toBeCloseTo(2 / (squares + 1), 9);
});

test("stock TensorFlow.js and our own runtime read the files, and answer as the page does", async () => {
  const files = modelFiles(weights, NAMES, preparation, new Date("2026-11-27T08:00:00.123Z"));
  expect([...files.keys()]).toEqual([
    "manifest.json",
    "layers-float32/model.json",
    "layers-float32/group1-shard1of1.bin",
  ]);
  const text = (path: string) =>
    JSON.parse(new TextDecoder().decode(files.get(path))) as Record<string, unknown>;
  const { modelTopology, weightsManifest } = text("layers-float32/model.json") as unknown as {
    modelTopology: object;
    weightsManifest: tf.io.WeightsManifestConfig;
  };
  const stock = await tf.loadLayersModel(
    tf.io.fromMemory({
      modelTopology,
      weightSpecs: weightsManifest.flatMap((group) => group.weights),
      weightData: files.get("layers-float32/group1-shard1of1.bin")!.slice().buffer,
    }),
  );
  const address = "https://example.org/blog/own-classes/";
  const model = await load(
    `${address}manifest.json`,
    { fetch: serve(new Map([...files].map(([path, content]) => [address + path, content]))) },
    headlessHost,
  );
  expect(model.labels).toEqual(NAMES);
  expect(model.linear).not.toBeNull();
  expect(model.manifest.created).toBe("2026-11-27T08:00:00Z");
  for (const row of [0, 7, 17]) {
    const own = sharesOf(weights, inputOf(row));
    const output = stock.predict(tf.tensor(inputOf(row).slice(), [1, 784])) as tf.Tensor;
    const theirs = await output.data();
    const { probabilities } = await model.predictPicture(
      fromBytes(classes[Math.floor(row / 6)]!.examples[row % 6]!.ink),
    );
    for (const answer of [theirs as Float32Array, probabilities]) expectClose(answer, own, LIMIT);
  }
  // A drawing takes the way that the manifest describes.
  const pixels = drawing(2);
  const { label, probabilities } = await model.predict(pixels);
  expect(label).toBe(NAMES[2]);
  const own = sharesOf(weights, toInput(toPicture(pixels, preparation)!, preparation));
  expect(Math.abs(probabilities![2]! - own[2]!)).toBeLessThan(LIMIT);
  model.dispose();
});

test.each([
  [1, "47c6cb208a16"],
  [1 / 65535, "3841f0627048"], // Python writes it with an exponent
])("the version is that which Python computes: a factor of %d", (factor, version) => {
  const small = {
    kernel: Float32Array.of(1, -2, 0.5, 0, 3, 4, -1, 2),
    bias: Float32Array.of(0.25, -0.25),
    outputs: 2,
  };
  const steps: Preparation["preprocess"] = {
    drawing: [{ step: "ink" }],
    image: [{ step: "scale", factor }, { step: "flatten" }],
  };
  const files = modelFiles(
    small,
    ["Säule", "cross ✚"],
    { size: { height: 2, width: 2, channels: 1 }, preprocess: steps },
    new Date(),
  );
  expect(JSON.parse(new TextDecoder().decode(files.get("manifest.json")))).toMatchObject({
    version,
  });
});

test("only classes with drawings are learned, and one alone is not", () => {
  const bare = bareOf("bare");
  expect(learn([classes[0]!, bare])).toBeNull();
  expect(learn([bare, classes[2]!, classes[0]!])!.taught).toEqual([classes[2], classes[0]]);
});

test("names stay distinct, printable and not empty", () => {
  const start = [bareOf("house"), bareOf("tree")];
  const renamed = (name: string) => rename(start, 0, name).map((one) => one.name);
  expect(renamed("  a \u0000\n b\u200d ")).toEqual(["a b", "tree"]);
  expect(renamed("tree")).toEqual(["tree 2", "tree"]);
  expect(renamed(" \t")).toEqual(["house", "tree"]);
  expect(renamed("x".repeat(99))[0]).toHaveLength(30);
  expect(freeName(start, ["house", "tree", "sun"])).toBe("sun");
});
