import { expect, test } from "vitest";
import { chooseMistake } from "./misread.ts";

const mistake = (probability: number, right: number, index = 0) => ({
  index,
  label: 1,
  predicted: 2,
  probability,
  label_probability: right,
});

test("the mistake to show was fairly sure, the right answer came next, and it has an image", () => {
  const mistakes = [mistake(0.99, 0.01), mistake(0.6, 0.05), mistake(0.62, 0.36), mistake(0.45, 0.3)];
  expect(chooseMistake(mistakes, 4)).toBe(2);
  expect(chooseMistake([mistake(0.9, 0.1), mistake(0.6, 0.4)], 1)).toBe(0);
  expect(chooseMistake([mistake(0.9, 0.1)], 0)).toBe(-1);
  expect(chooseMistake([], 0)).toBe(-1);
});

test("one that people can read is preferred, if it has an image", () => {
  const mistakes = [mistake(0.62, 0.36, 5), mistake(0.99, 0.01, 8), mistake(0.9, 0.1, 7)];
  expect(chooseMistake(mistakes, 3, [7, 8])).toBe(2);
  expect(chooseMistake(mistakes, 2, [7, 8])).toBe(1);
  expect(chooseMistake(mistakes, 3, [99])).toBe(0);
});
