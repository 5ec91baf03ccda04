import fc from "fast-check";
import { expect, test } from "vitest";
import { digitsOf, niceTicks } from "./ticks.ts";

test("ticks are round numbers around the range", () => {
  expect(niceTicks(0.137, 0.288)).toEqual([0.1, 0.15, 0.2, 0.25, 0.3]);
  expect(niceTicks(0, 20)).toEqual([0, 5, 10, 15, 20]);
  expect(niceTicks(0.9238, 0.9638)).toEqual([0.92, 0.93, 0.94, 0.95, 0.96, 0.97]);
  expect(niceTicks(3, 3)).toEqual([2.4, 2.6, 2.8, 3, 3.2, 3.4, 3.6]); // a single value
});

test("for any range, ticks ascend, enclose it, and are few", () => {
  const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(number, fc.double({ min: 1e-3, max: 1e6, noNaN: true }), (low, width) => {
      const ticks = niceTicks(low, low + width);
      const slack = 1e-6 * Math.max(1, Math.abs(low), width); // ticks are rounded to twelve digits
      expect(ticks[0]).toBeLessThanOrEqual(low + slack);
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(low + width - slack);
      expect(ticks.length).toBeLessThanOrEqual(7); // five steps, and a partial one at each end
      expect([...ticks].sort((a, b) => a - b)).toEqual(ticks);
    }),
  );
});

test("ticks have as many digits as are needed to tell them apart", () => {
  expect(digitsOf([0.1, 0.15, 0.2])).toBe(2);
  expect(digitsOf([0, 5, 10])).toBe(0);
});
