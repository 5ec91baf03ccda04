import { expect, test } from "vitest";
import { curveOf, ticksOf } from "./axis.ts";

const epochs = Array.from({ length: 21 }, (_, epoch) => ({ step: 100 * epoch, epoch }));
const steps = [1, 2, 4, 8, 16, 32, 64].map((step) => ({ step, epoch: null }));

test("some of the first steps have a number, if there are any, and three of the epochs, or the only one", () => {
  const ticks = ticksOf([epochs[0]!, ...steps, ...epochs.slice(1)]);
  expect(ticks.steps).toEqual([
    { index: 1, text: "1" },
    { index: 5, text: "16" },
  ]);
  expect(ticks.epochs).toEqual([
    { index: 8, text: "1" },
    { index: 17, text: "10" },
    { index: 27, text: "20" },
  ]);
  expect(ticksOf(epochs).steps).toEqual([]);
  expect(ticksOf(epochs.slice(0, 2)).epochs).toEqual([{ index: 1, text: "1" }]);
});

test("the curve rises with the share, from left to right; what was not measured is left out", () => {
  expect(curveOf([{ heldOut: 0.1 }, { heldOut: null }, { heldOut: 0.95 }])).toBe("M0 90L100 5");
  expect(curveOf([{ heldOut: null }, { heldOut: null }])).toBe("");
});
