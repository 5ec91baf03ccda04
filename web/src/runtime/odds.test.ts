import { expect, test } from "vitest";
import { oddsOf } from "./odds.ts";

test.each([
  [1, 99, 100],
  [0.985, 99, 100],
  [0.98, 19, 20],
  [0.925, 19, 20],
  [0.92, 9, 10],
  [0.55, 6, 10],
  [0.11, 1, 10],
  [0.01, 1, 10],
])("a confidence of %f is %d in %d", (confidence, right, of) => {
  expect(oddsOf(confidence)).toEqual({ right, of });
});
