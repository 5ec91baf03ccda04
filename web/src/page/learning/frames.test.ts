import { describe, expect, test } from "vitest";
import type { History } from "../../runtime/schema.ts";
import { refusal } from "../../testing/refusal.ts";
import { evenSteps, positionOf, published } from "./frames.ts";

const linear = { kernel: new Float32Array(6), bias: new Float32Array(2), inputs: 3, outputs: 2 };
const known = { loss: 1, accuracy: 0.5, validation_loss: null, learning_rate: 0.1, seconds: 1 };
/** Two epochs of 100 steps, and a moment in the first one. */
const HISTORY: History = {
  epochs: [0.1, 0.8, 0.9].map((validation_accuracy, epoch) => ({
    ...known,
    epoch,
    validation_accuracy,
  })),
  film: {
    path: "film.bin",
    dtype: "uint8",
    shape: [3, 8],
    steps: [0, 7, 200],
    accuracies: [0.1, 0.6, 0.9],
    scales: [1, 0.5, 2],
  },
};
const BYTES = Uint8Array.from([64, 65, 1].flatMap((byte) => Array.from({ length: 8 }, () => byte)));

describe("a published training", () => {
  const film = HISTORY.film!;
  test("has the frames of its file, and the accuracy of every moment that is known", () => {
    const { frames, curve, total } = published(HISTORY, BYTES, linear, 100);
    expect([...frames.map(({ step }) => step), total]).toEqual([0, 7, 200, 200]);
    expect(frames.map(({ kernel }) => kernel!.join())).toEqual(
      [0, 0.5, -126].map((weight) => Array(6).fill(weight).join()),
    );
    expect(curve).toEqual(
      [0, 7, 100, 200].map((step, index) => [step, [0.1, 0.6, 0.8, 0.9][index]]),
    );
  });

  test("has no curve where nothing was measured", () => {
    const epochs = HISTORY.epochs.map((epoch) => ({ ...epoch, validation_accuracy: null }));
    const unmeasured = { ...film, accuracies: [null, null, null] };
    expect(published({ epochs, film: unmeasured }, BYTES, linear, 100).curve).toEqual([]);
  });

  test.each<[string, Partial<History>, Uint8Array]>([
    ["no film", { film: null }, BYTES],
    ["another dtype", { film: { ...film, dtype: "int16" } }, BYTES],
    ["the rows of another model", { film: { ...film, shape: [3, 7850] } }, BYTES],
    ["fewer moments than its shape has", { film: { ...film, steps: [0, 7] } }, BYTES],
    ["no scale for a moment", { film: { ...film, scales: [1, 0.5] } }, BYTES],
    ["a file that is cut off", {}, BYTES.subarray(1)],
  ])("%s is refused", (_, change, file) => {
    expect(() => published({ ...HISTORY, ...change }, file, linear, 100)).toThrow(
      refusal("manifest"),
    );
  });
});

test("steps at even distances begin at 0 and end at the last one", () => {
  const steps = evenSteps(570);
  expect(steps).toEqual([0, 3, 12, 44, 159, 570]);
  for (const [place, step] of steps.entries())
    expect(Math.abs(positionOf(step, 570) - place / 5)).toBeLessThan(0.03);
});
