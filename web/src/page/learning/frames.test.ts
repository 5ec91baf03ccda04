import { describe, expect, test } from "vitest";
import type { History } from "../../runtime/schema.ts";
import { refusal } from "../../testing/refusal.ts";
import { evenSteps, positionOf, published } from "./frames.ts";

const linear = { kernel: new Float32Array(6), bias: new Float32Array(2), inputs: 3, outputs: 2 };
const known = { loss: 1, accuracy: 0.5, validation_loss: null, learning_rate: 0.1, seconds: 1 };
/** So many epochs, and the untrained weights before them: each has one byte more than the one before in all places. */
function trained(count: number) {
  const rows = Array.from({ length: count + 1 }, (_, epoch) => epoch);
  const history: History = {
    epochs: rows.map((epoch) => ({ ...known, epoch, validation_accuracy: epoch / count })),
    snapshots: { path: "snapshots.bin", dtype: "uint8", shape: [count + 1, 8], scale: 0.5, min: -10 },
  };
  return { history, bytes: Uint8Array.from(rows.flatMap((epoch) => Array.from({ length: 8 }, () => epoch))) };
}

describe("a published training", () => {
  test("has about six frames, at even distances on its axis: the rescaled bytes of their epochs", () => {
    const { history, bytes } = trained(20);
    const film = published(history, bytes, linear, 100);
    expect(film.frames.map(({ step }) => step)).toEqual([0, 100, 200, 500, 1000, 2000]);
    for (const { step, kernel } of film.frames) expect([...kernel!]).toEqual(Array(6).fill(-10 + 0.5 * (step / 100)));
    expect(film).toMatchObject({ total: 2000, unit: 100 });
    expect(film.curve).toHaveLength(21);
    expect(film.curve.at(-1)).toEqual([2000, 1]);
  });

  test("has fewer where there are fewer, and no curve where nothing was measured", () => {
    const { history, bytes } = trained(2);
    const unmeasured = history.epochs.map((epoch) => ({ ...epoch, validation_accuracy: null }));
    const film = published({ ...history, epochs: unmeasured }, bytes, linear, 100);
    expect(film.frames.map(({ step }) => step)).toEqual([0, 100, 200]);
    expect(film.curve).toEqual([]);
  });

  const { history, bytes } = trained(1);
  const snapshots = history.snapshots!;
  test.each<[string, Partial<History>, Uint8Array]>([
    ["no snapshots", { snapshots: null }, bytes],
    ["another dtype", { snapshots: { ...snapshots, dtype: "int16" } }, bytes],
    ["the rows of another model", { snapshots: { ...snapshots, shape: [2, 7850] } }, bytes],
    ["fewer epochs than were trained", { snapshots: { ...snapshots, shape: [1, 8] } }, bytes],
    ["a file that is cut off", {}, bytes.subarray(1)],
  ])("%s is refused", (_, change, file) => {
    expect(() => published({ ...history, ...change }, file, linear, 100)).toThrow(refusal("manifest"));
  });
});

test("steps at even distances begin at 0 and end at the last one", () => {
  const axis = { total: 570, unit: 1 };
  const steps = evenSteps(axis);
  expect(steps).toEqual([0, 3, 12, 44, 159, 570]);
  for (const [place, step] of steps.entries()) expect(Math.abs(positionOf(step, axis) - place / 5)).toBeLessThan(0.03);
});
