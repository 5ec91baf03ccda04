import { beforeAll, describe, expect, test } from "vitest";
import type { ImageStep } from "../../runtime/schema.ts";
import { exampleImages, exampleModel } from "../../testing/example-model.ts";
import { refusal } from "../../testing/refusal.ts";
import { examplesOf, prepare, unpack, type Pictures } from "./pictures.ts";
import { accuracyOf, shuffled, stepsOf, trainBatch, zeros } from "./sgd.ts";

const IMAGE = { height: 28, width: 28, channels: 1 };
const SIZE = IMAGE.height * IMAGE.width;

/**
 * A hundred real images of MNIST, ten of each digit, as a file has them; and how the model prepares
 * them.
 */
let file: Uint8Array;
let steps: readonly ImageStep[];
const digits = (): Pictures => unpack(file.slice(), SIZE, "file");

beforeAll(async () => {
  const model = await exampleModel();
  steps = model.manifest.preprocess!.image;
  const images = await exampleImages(model, "reference");
  const pixels = images.flatMap(({ picture }) => [...picture].map((ink) => Math.round(ink * 255)));
  file = Uint8Array.from([...pixels, ...images.map(({ label }) => label)]);
});

test("every pass visits all images, in another order, and a last, smaller batch counts", () => {
  const examples = examplesOf(digits(), 1);
  const [weights, expected] = [zeros(SIZE, 10), zeros(SIZE, 10)];
  const training = stepsOf(weights, examples, 32, 0.1, 7);
  for (let pass = 7; pass < 11; pass++) {
    const order = shuffled(100, pass);
    for (let from = 0; from < 100; from += 32) {
      trainBatch(expected, examples, order.subarray(from, from + 32), 0.1);
      training.next();
    }
  }
  expect(weights).toEqual(expected);
  // it has learned something; chance is 0.1
  expect(accuracyOf(weights, examples)).toBeGreaterThan(0.2);
});

describe("images", () => {
  test.each([[Uint8Array.of(1, 2, 3, 4)], [new Uint8Array()]])(
    "a file that is cut off is refused",
    (bytes) => {
      expect(() => unpack(bytes, 2, "file")).toThrow(refusal("integrity"));
    },
  );

  test("they are prepared in place", () => {
    const [before, after] = [digits(), digits()];
    prepare(after, IMAGE, steps);
    expect(Buffer.compare(before.pixels, after.pixels)).not.toBe(0);
  });

  test("where no step moves a pixel, the bytes stay", () => {
    const pictures = digits();
    prepare(pictures, IMAGE, [{ step: "scale", factor: 1 }, { step: "flatten" }]);
    expect(Buffer.compare(pictures.pixels, digits().pixels)).toBe(0);
  });

  test("full ink is what the model takes for it", () => {
    const pictures = { pixels: Uint8Array.of(0, 51, 255), labels: Uint8Array.of(0), size: 3 };
    expect([...examplesOf(pictures, 1).inputs]).toEqual([0, Math.fround(0.2), 1]);
    for (const [place, value] of [0, 51, 255].entries())
      expect(examplesOf(pictures, 255).inputs[place]).toBeCloseTo(value, 4);
  });
});

describe("batches", () => {
  const examples = {
    inputs: Float32Array.of(1, 0, 0, 0.5, 1, 1),
    labels: Uint8Array.of(0, 2, 1),
    size: 2,
  };

  test("a step moves the weights by rate × mean of input × (truth − share)", () => {
    const weights = zeros(2, 3);
    trainBatch(weights, examples, [0, 1], 0.3); // all shares are 1/3
    const by = (share: number) => Math.fround((0.3 / 2) * share);
    expect(weights.bias.map((value) => value)).toEqual(
      Float32Array.of(by(1 / 3), by(-2 / 3), by(1 / 3)),
    );
    const expected = [2 / 3, -1 / 3, -1 / 3, -1 / 6, -1 / 6, 1 / 3].map((value) => by(value));
    for (const [place, value] of expected.entries())
      expect(weights.kernel[place]).toBeCloseTo(value, 7);
  });

  test("the accuracy counts the first of equal scores", () => {
    expect(accuracyOf(zeros(2, 3), examples)).toBeCloseTo(1 / 3, 12);
    const weights = {
      kernel: Float32Array.of(1, 0, 0, 0, 0, 1),
      bias: Float32Array.of(0, 0, 0),
      outputs: 3,
    };
    expect(accuracyOf(weights, examples)).toBeCloseTo(2 / 3, 12);
  });

  test("an order from a seed visits each once", () => {
    expect([...shuffled(100, 3)].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, place) => place),
    );
    expect([...shuffled(100, 3)]).not.toEqual([...shuffled(100, 4)]);
  });
});
