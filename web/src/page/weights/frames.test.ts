import { expect, test } from "vitest";
import type { History } from "../../runtime/schema.ts";
import { refusal } from "../../testing/refusal.ts";
import { answerAt, framesOf } from "./frames.ts";

const linear = { kernel: new Float32Array(6), bias: new Float32Array(2), inputs: 3, outputs: 2 };
const epoch = {
  loss: 1,
  accuracy: 0.5,
  validation_loss: null,
  validation_accuracy: 0.75,
  learning_rate: 0.1,
  seconds: 1,
};
const snapshots = { path: "snapshots.bin", dtype: "uint8", shape: [2, 8], scale: 0.5, min: -10 };
const history: History = {
  epochs: [
    { ...epoch, epoch: 0, loss: null },
    { ...epoch, epoch: 1 },
  ],
  snapshots,
};
const bytes = Uint8Array.from({ length: 16 }, (_, index) => index * 2);

test("the weights of each epoch are its rescaled bytes, kernel and bias", () => {
  const frames = framesOf(history, bytes, linear);
  expect(frames.map(({ kernel }) => [...kernel])).toEqual([
    [-10, -9, -8, -7, -6, -5],
    [-2, -1, 0, 1, 2, 3],
  ]);
  expect(frames.map(({ bias }) => [...bias])).toEqual([
    [-4, -3],
    [4, 5],
  ]);
  expect(frames.map(({ epoch, heldOut }) => [epoch, heldOut])).toEqual([
    [0, 0.75],
    [1, 0.75],
  ]);
});

test.each<[string, Partial<History>, Uint8Array]>([
  ["no snapshots", { snapshots: null }, bytes],
  ["another dtype", { snapshots: { ...snapshots, dtype: "int16" } }, bytes],
  ["the rows of another model", { snapshots: { ...snapshots, shape: [2, 7850] } }, bytes],
  ["fewer epochs than were trained", { snapshots: { ...snapshots, shape: [1, 8] } }, bytes],
  ["a file that is cut off", {}, bytes.subarray(1)],
])("%s is refused", (_, change, file) => {
  expect(() => framesOf({ ...history, ...change }, file, linear)).toThrow(refusal("manifest"));
});

test("the answer at a frame is softmax of the input times its weights plus its bias", () => {
  const frame = {
    epoch: 1,
    heldOut: null,
    kernel: Float32Array.of(1, 0, 0, 2),
    bias: Float32Array.of(0, 1),
  };
  const [label, share] = answerAt(frame, Float32Array.of(3, 0.5)); // scores 3 and 2
  expect(label).toBe(0);
  expect(share).toBeCloseTo(Math.exp(3) / (Math.exp(3) + Math.exp(2)), 12);
});
