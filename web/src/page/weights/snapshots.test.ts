import { expect, test } from "vitest";
import type { ModelError } from "../../runtime/errors.ts";
import type { History } from "../records.ts";
import { kernelsOf } from "./snapshots.ts";

const linear = { kernel: new Float32Array(6), bias: new Float32Array(2), inputs: 3, outputs: 2 };
const epoch = { loss: 1, accuracy: 0.5, validation_loss: null, validation_accuracy: null };
const history: History = {
  epochs: [
    { ...epoch, epoch: 0, loss: null },
    { ...epoch, epoch: 1 },
  ],
  snapshots: { dtype: "uint8", shape: [2, 8], scale: 0.5, min: -10 },
};
const bytes = Uint8Array.from({ length: 16 }, (_, index) => index * 2);
const refusal = expect.objectContaining({ name: "ModelError", code: "manifest" }) as ModelError;

test("the kernel of each epoch is its rescaled bytes, without the bias", () => {
  expect(kernelsOf(history, bytes, linear).map((kernel) => [...kernel])).toEqual([
    [-10, -9, -8, -7, -6, -5],
    [-2, -1, 0, 1, 2, 3],
  ]);
});

test.each<[string, Partial<History>, Uint8Array]>([
  ["no snapshots", { snapshots: null }, bytes],
  ["another dtype", { snapshots: { ...history.snapshots!, dtype: "int16" } }, bytes],
  ["the rows of another model", { snapshots: { ...history.snapshots!, shape: [2, 7850] } }, bytes],
  ["fewer epochs than were trained", { snapshots: { ...history.snapshots!, shape: [1, 8] } }, bytes],
  ["a file that is cut off", {}, bytes.subarray(1)],
])("%s is refused", (_, change, file) => {
  expect(() => kernelsOf({ ...history, ...change }, file, linear)).toThrow(refusal);
});
