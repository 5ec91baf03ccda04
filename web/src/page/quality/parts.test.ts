// The calculations of the parts, without their DOM.
import { expect, test } from "vitest";
import type { Mistake } from "../../runtime/schema.ts";
import { mistakesOf } from "./gallery.ts";
import { heat, mixUps } from "./matrix.ts";

test("the most frequent mistake is the hottest", () => {
  expect(heat(24, 1000, 0.024)).toBe(1);
  expect(heat(6, 1000, 0.024)).toBe(0.5);
  expect(heat(0, 1000, 0.024)).toBe(0);
  expect(heat(0, 0, 0)).toBe(0);
});

const mistake = (label: number, predicted: number, probability: number): Mistake => ({
  index: 0,
  label,
  predicted,
  probability,
  label_probability: 1 - probability,
});

test("mix-ups are ordered by number, the mistakes of one by confidence, and these keep their position in the file of images", () => {
  const confusion = [
    [90, 0, 2],
    [7, 80, 1],
    [0, 0, 70],
  ];
  expect(mixUps(confusion)).toEqual([
    { label: 1, predicted: 0, count: 7 },
    { label: 0, predicted: 2, count: 2 },
    { label: 1, predicted: 2, count: 1 },
  ]);
  const mistakes = [mistake(0, 1, 0.5), mistake(2, 1, 0.9), mistake(0, 1, 0.8), mistake(0, 2, 0.6)];
  const places = (label: number, predicted: number) =>
    mistakesOf(mistakes, label, predicted).map(({ place }) => place);
  expect(places(0, 1)).toEqual([2, 0]);
  expect(places(1, 0)).toEqual([]);
});
