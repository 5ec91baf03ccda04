import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { ModelError } from "../../runtime/errors.ts";
import type { ImageStep } from "../../runtime/manifest.ts";
import { Course, rateOf, type Plan } from "./course.ts";
import { permutation } from "./numpy-order.ts";
import { examplesOf, prepare, unpack, type Pictures } from "./pictures.ts";
import { accuracyOf, sharesOf, shuffled, trainBatch, zeros } from "./sgd-batches.ts";

const FIXTURES = new URL("../../../../tests/fixtures/", import.meta.url);
const VERSION = new URL("versions/mnist-softmax/fe85addc0590/", FIXTURES);
const json = (file: string, base = FIXTURES) => JSON.parse(readFileSync(new URL(file, base), "utf8")) as unknown;

// From NumPy and from the pipeline's own training, by tests/training/test_page_course.py.
const { orders, course: keras } = json("course.json") as {
  orders: { seed: number; epoch: number; count: number; first: number[]; sha256: string }[];
  course: { plan: Plan; steps: ImageStep[]; every: number; bias: number[]; kernel_rows: number[][] };
};
const IMAGE = { height: 28, width: 28, channels: 1 };
const SIZE = IMAGE.height * IMAGE.width;

// Keras sums in float32, here it is double precision; then sixteen updates of weights below 1, each rounded by at most 6e-8.
const TOLERANCE = 1e-6;

/** A hundred real images of MNIST, ten of each digit. */
function digits(): Pictures {
  const { images } = json("reference.json", VERSION) as { images: { label: number }[] };
  const pixels = gunzipSync(readFileSync(new URL("reference.bin", VERSION)));
  return unpack(Uint8Array.from([...pixels, ...images.map(({ label }) => label)]), SIZE, "reference.bin");
}

test.each(orders)(
  "the order of $count images, seed $seed, epoch $epoch, is NumPy's",
  ({ seed, epoch, count, ...numpy }) => {
    const order = permutation(count, [seed, epoch]);
    expect([...order.subarray(0, 10)]).toEqual(numpy.first);
    expect(createHash("sha256").update(order).digest("hex")).toBe(numpy.sha256);
  },
);

test("a course ends with the weights of the pipeline's training", () => {
  const pictures = digits();
  prepare(pictures, IMAGE, keras.steps);
  const course = new Course(pictures, keras.plan, 10);
  expect(course.total).toBe(16); // four passes of three batches of 32 and one of 4
  while (course.steps < course.total) course.step();
  expect(course.epoch).toBe(4);
  const worst = (ours: ArrayLike<number>, theirs: readonly number[]) =>
    Math.max(...theirs.map((value, place) => Math.abs(value - ours[place]!)));
  expect(worst(course.weights.bias, keras.bias)).toBeLessThan(TOLERANCE);
  for (const [index, row] of keras.kernel_rows.entries()) {
    expect(worst(course.weights.kernel.subarray(index * keras.every * 10), row)).toBeLessThan(TOLERANCE);
  }
  expect(Math.max(...keras.kernel_rows.flat())).toBeGreaterThan(0.01); // it has learned something
});

test("without the schedule, the order or the preparation the weights are others", () => {
  const end = (plan: Plan, steps: readonly ImageStep[]) => {
    const pictures = digits();
    prepare(pictures, IMAGE, steps);
    const course = new Course(pictures, plan, 10);
    while (course.steps < course.total) course.step();
    return Math.max(...keras.bias.map((bias, j) => Math.abs(bias - course.weights.bias[j]!)));
  };
  const { plan, steps } = keras;
  expect(end(plan, steps)).toBeLessThan(TOLERANCE);
  expect(end({ ...plan, schedule: "constant" }, steps)).toBeGreaterThan(100 * TOLERANCE);
  expect(end({ ...plan, seed: plan.seed + 1 }, steps)).toBeGreaterThan(100 * TOLERANCE);
  expect(end(plan, [])).toBeGreaterThan(100 * TOLERANCE);
});

test("half a cosine leads from the learning rate to nothing", () => {
  const plan = { ...keras.plan, rate: 0.1, schedule: "cosine" as const };
  expect(rateOf(plan, 0, 100)).toBe(0.1);
  expect(rateOf(plan, 50, 100)).toBeCloseTo(0.05, 12);
  expect(rateOf(plan, 100, 100)).toBe(0);
  expect(rateOf({ ...plan, schedule: "constant" }, 99, 100)).toBe(0.1);
});

describe("images", () => {
  const refusal = expect.objectContaining({ name: "ModelError", code: "integrity" }) as ModelError;

  test("labels come after the last image", () => {
    const { pixels, labels } = unpack(Uint8Array.of(1, 2, 3, 4, 8, 9), 2, "file");
    expect([[...pixels], [...labels]]).toEqual([
      [1, 2, 3, 4],
      [8, 9],
    ]);
  });

  test.each([[Uint8Array.of(1, 2, 3, 4)], [new Uint8Array()]])("a file that is cut off is refused", (bytes) => {
    expect(() => unpack(bytes, 2, "file")).toThrow(refusal);
  });

  test("only those asked for are prepared, in place", () => {
    const [before, after] = [digits(), digits()];
    prepare(after, IMAGE, keras.steps, 10, 20);
    const same = (row: number) =>
      Buffer.compare(
        before.pixels.subarray(row * SIZE, (row + 1) * SIZE),
        after.pixels.subarray(row * SIZE, (row + 1) * SIZE),
      ) === 0;
    expect([9, 20, 99].map(same)).toEqual([true, true, true]);
    expect([10, 15, 19].map(same)).toEqual([false, false, false]);
  });

  test("where no step moves a pixel, the bytes stay", () => {
    const pictures = digits();
    prepare(pictures, IMAGE, [{ step: "scale", factor: 1 }, { step: "flatten" }]);
    expect(Buffer.compare(pictures.pixels, digits().pixels)).toBe(0);
  });

  test("full ink is what the model takes for it, or 255", () => {
    const pictures = { pixels: Uint8Array.of(0, 51, 255), labels: Uint8Array.of(0), size: 3 };
    expect([...examplesOf(pictures, 1).inputs]).toEqual([0, Math.fround(0.2), 1]);
    for (const [place, value] of [0, 51, 255].entries())
      expect(examplesOf(pictures, 255).inputs[place]).toBeCloseTo(value, 4);
  });
});

describe("batches", () => {
  const examples = { inputs: Float32Array.of(1, 0, 0, 0.5, 1, 1), labels: Uint8Array.of(0, 2, 1), size: 2 };

  test("a step moves the weights by rate × mean of input × (truth − share)", () => {
    const weights = zeros(2, 3);
    trainBatch(weights, examples, [0, 1], 0.3); // all shares are 1/3
    const by = (share: number) => Math.fround((0.3 / 2) * share);
    expect(weights.bias.map((value) => value)).toEqual(Float32Array.of(by(1 / 3), by(-2 / 3), by(1 / 3)));
    const expected = [2 / 3, -1 / 3, -1 / 3, -1 / 6, -1 / 6, 1 / 3].map((value) => by(value));
    for (const [place, value] of expected.entries()) expect(weights.kernel[place]).toBeCloseTo(value, 7);
  });

  test("shares add up to 1, and scores that overflow an exponential do no harm", () => {
    const weights = { kernel: Float32Array.of(900, -900, 0, 5, 0, 1), bias: Float32Array.of(0, 0, 0), outputs: 3 };
    expect([...sharesOf(weights, Float32Array.of(10, 0))]).toEqual([1, 0, 0]);
    const shares = sharesOf(weights, Float32Array.of(0, 1));
    expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    trainBatch(weights, examples, [0, 1, 2], 0.1);
    expect(weights.kernel.every(Number.isFinite)).toBe(true);
  });

  test("the accuracy counts the first of equal scores", () => {
    expect(accuracyOf(zeros(2, 3), examples)).toBeCloseTo(1 / 3, 12);
    const weights = { kernel: Float32Array.of(1, 0, 0, 0, 0, 1), bias: Float32Array.of(0, 0, 0), outputs: 3 };
    expect(accuracyOf(weights, examples)).toBeCloseTo(2 / 3, 12);
  });

  test("an order from a seed visits each once", () => {
    expect([...shuffled(100, 3)].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, place) => place));
    expect([...shuffled(100, 3)]).not.toEqual([...shuffled(100, 4)]);
  });
});
