import { expect, test } from "vitest";
import { curveOf, ticksOf } from "./axis.ts";

const epochs = Array.from({ length: 21 }, (_, epoch) => ({ epoch }));

test("three of the epochs have a number, and a single epoch has it once", () => {
  expect(ticksOf(epochs)).toEqual([
    { index: 1, text: "1" },
    { index: 10, text: "10" },
    { index: 20, text: "20" },
  ]);
  expect(ticksOf(epochs.slice(0, 2))).toEqual([{ index: 1, text: "1" }]);
});

test("the curve rises with the share, from left to right; what was not measured is left out", () => {
  expect(curveOf([{ heldOut: 0.1 }, { heldOut: null }, { heldOut: 0.95 }])).toBe("M0 90L100 5");
  expect(curveOf([{ heldOut: null }, { heldOut: null }])).toBe("");
});
