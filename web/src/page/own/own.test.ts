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
import { unzip } from "../../testing/unzip.ts";
import { sharesOf, type Examples } from "../training/sgd.ts";
import { examplesOf, isForTests, type Classes } from "./classes.ts";
import { modelFiles } from "./model-files.ts";
import { npzOf } from "./npz.ts";
import { fromBytes, preparationOf, toBytes, toInput, toPicture, type Preparation } from "./preparation.ts";
import { interval, leavingOut, rateFor, training } from "./training.ts";
import { crc32, zip } from "./zip.ts";

/** As two engines in float32 and double precision differ. */
const LIMIT = 1e-6;

const preprocess = {
  drawing: [{ step: "ink" }, { step: "fit", box: 20 }, { step: "center", height: 28, width: 28 }],
  image: [{ step: "align", height: 0.2, width: 0.15, limit: 1.6 }, { step: "scale", factor: 1 }, { step: "channel" }],
} as const;

/** The manifest of a model that is not linear, and takes its pictures with a final axis. */
function manifest(more: object = {}) {
  const image = { height: 28, width: 28, channels: 1 };
  const input = { name: "pixels", shape: [28, 28, 1], dtype: "float32", image };
  return parseManifest({ ...manifestOf(softmaxFormats(784, 3), 784, ["a", "b", "c"]), input, preprocess, ...more });
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
    examples: Array.from({ length: count }, () => ({
      ink: toBytes(toPicture(drawing(kind), preparation)!),
      strokes: null,
    })),
  }));
}

function finish<T>(work: Generator<unknown, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

const classes = classesOf(6);
const examples: Examples = examplesOf(classes, (ink) => toInput(fromBytes(ink), preparation));
const weights = finish(training(examples, 3));
const inputOf = (row: number) => examples.inputs.subarray(row * 784, (row + 1) * 784);

beforeAll(async () => {
  await tf.setBackend("cpu");
});

test("the steps are the page's, for a list of pixels; a model of photos or of numbers has none for drawings", () => {
  expect(preparation.preprocess.image.map(({ step }) => step)).toEqual(["align", "scale", "flatten"]);
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
      const shares = sharesOf(weights, toInput(toPicture(drawing(kind), preparation)!, preparation));
      expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
      if (shares.indexOf(Math.max(...shares)) === kind) right++;
    }
  }
  expect(right).toBe(30);
});

test("training is the same each time, and never makes the loss worse", () => {
  expect(finish(training(examples, 3)).kernel).toEqual(weights.kernel);
  const losses = [Math.log(3)];
  for (const now of training(examples, 3)) {
    const shares = Array.from(examples.labels, (label, row) => sharesOf(now, inputOf(row))[label]!);
    losses.push(shares.reduce((sum, share) => sum - Math.log(share), 0) / shares.length);
  }
  expect(losses).toHaveLength(101);
  for (const [step, loss] of losses.slice(1).entries()) expect(loss).toBeLessThan(losses[step]!);
  const all = Uint32Array.from(examples.labels, (_, row) => row);
  const squares = examples.inputs.reduce((sum, value) => sum + value ** 2, 0) / all.length;
  expect(rateFor(examples, all)).toBeCloseTo(2 / (squares + 1), 9);
});

test("an example is guessed without having been seen", () => {
  const guesses = finish(leavingOut(examples, 3));
  expect([...guesses]).toEqual([...examples.labels]);
  // One that stands for another class is learned by heart by a model that sees it, and found by one that does not.
  const odd = examplesOf(
    classes.map((one, label) =>
      label === 0 ? { ...one, examples: [...one.examples, classes[1]!.examples[0]!] } : one,
    ),
    (ink) => toInput(fromBytes(ink), preparation),
  );
  expect(finish(leavingOut(odd, 3))[6]).toBe(1);
});

test("Wilson's interval equals published values", () => {
  // Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
  for (const [right, of, low, high] of [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const) {
    const found = interval(right, of);
    expect(found[0]).toBeCloseTo(low, 4);
    expect(found[1]).toBeCloseTo(high, 4);
  }
});

test("stock TensorFlow.js and our own runtime read the files, and answer as the page does", async () => {
  const files = modelFiles(weights, NAMES, preparation, new Date("2026-11-27T08:00:00.123Z"));
  expect([...files.keys()]).toEqual([
    "manifest.json",
    "layers-float32/model.json",
    "layers-float32/group1-shard1of1.bin",
  ]);
  const text = (path: string) => JSON.parse(new TextDecoder().decode(files.get(path))) as Record<string, unknown>;
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

test("the version follows from the content", () => {
  const version = (labels: readonly string[]) => {
    const files = modelFiles(weights, labels, preparation, new Date());
    return (JSON.parse(new TextDecoder().decode(files.get("manifest.json"))) as { version: string }).version;
  };
  expect(version(NAMES)).toMatch(/^[0-9a-f]{12}$/);
  expect(version(NAMES)).toBe(version(NAMES));
  expect(version([...NAMES].reverse())).not.toBe(version(NAMES));
});

test("the examples are five NumPy arrays, and a drawing stays on its side when others are added", () => {
  const files = unzip(npzOf(classes, preparation.size));
  expect([...files.keys()]).toEqual(["x_train.npy", "y_train.npy", "x_test.npy", "y_test.npy", "labels.npy"]);
  const headers = [...files.values()].map((content) => {
    const length = content[8]! + 256 * content[9]!;
    expect((10 + length) % 64).toBe(0);
    return String.fromCharCode(...content.subarray(0, 10 + length)).trimEnd();
  });
  const start = "\x93NUMPY\x01\x00v\x00{'descr': ";
  expect(headers).toEqual([
    `${start}'|u1', 'fortran_order': False, 'shape': (15, 28, 28, ), }`,
    `${start}'|u1', 'fortran_order': False, 'shape': (15, ), }`,
    `${start}'|u1', 'fortran_order': False, 'shape': (3, 28, 28, ), }`,
    `${start}'|u1', 'fortran_order': False, 'shape': (3, ), }`,
    `${start}'<U7', 'fortran_order': False, 'shape': (3, ), }`,
  ]);
  const ink = classes[0]!.examples;
  expect(files.get("x_test.npy")!.subarray(128, 128 + 784)).toEqual(ink[1]!.ink); // the second, and every fifth after it
  expect(files.get("x_train.npy")!.subarray(128, 128 + 784)).toEqual(ink[0]!.ink);
  for (let count = 2; count < 30; count++) {
    const tests = Array.from({ length: count }, (_, place) => isForTests(place)).filter(Boolean).length;
    expect(tests).toBeGreaterThan(0);
    expect(tests).toBeLessThan(count);
    expect(Math.abs(tests - count / 5)).toBeLessThanOrEqual(0.8);
  }
});

test("a zip archive holds what was put in, with checksums", () => {
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  const files = new Map([
    ["folder/a.txt", new TextEncoder().encode("hello")],
    ["empty", new Uint8Array()],
    ["b.bin", Uint8Array.from({ length: 70_000 }, (_, i) => i)],
  ]);
  expect(unzip(zip(files))).toEqual(files);
});
