import fc from "fast-check";
import { expect, test } from "vitest";
import { barsOf, columnsOf } from "./slivers.ts";

const products = fc.float64Array({ min: -5, max: 5, noNaN: true, maxLength: 60 });

test("every product is one piece, as long as it is large, and the last one ends at their sum", () => {
  fc.assert(
    fc.property(products, (products) => {
      const { plus, minus } = barsOf(products);
      const pieces = [...plus, ...minus];
      expect(pieces.map(({ pixel }) => pixel).sort((a, b) => a - b)).toEqual(
        Array.from(products.keys()).filter((pixel) => products[pixel] !== 0),
      );
      let end = 0;
      for (const { pixel, from, to } of pieces) {
        expect(from).toBe(end);
        expect(to - from).toBeCloseTo(products[pixel]!, 9);
        end = to;
      }
      expect(end).toBeCloseTo(
        products.reduce((a, b) => a + b, 0),
        9,
      );
    }),
  );
});

test("the strongest products come first in each bar, whose columns run from left to right", () => {
  const products = Float64Array.of(1, -2, 0, 3, -4);
  const { plus, minus } = barsOf(products);
  expect(plus).toEqual([
    { pixel: 3, from: 0, to: 3 },
    { pixel: 0, from: 3, to: 4 },
  ]);
  expect(minus).toEqual([
    { pixel: 4, from: 4, to: 0 },
    { pixel: 1, from: 0, to: -2 },
  ]);
  expect([...columnsOf(plus, products, 4)]).toEqual([3, 3, 3, 1]);
  expect([...columnsOf(minus, products, 6)]).toEqual([-2, -2, -4, -4, -4, -4]);
  expect([...columnsOf([], products, 2)]).toEqual([0, 0]);
});
