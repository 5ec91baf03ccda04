// Tolerances of tests for numbers.
import { expect } from "vitest";

/** As many numbers as expected, none of which is further than `limit` from its own. */
export function expectClose(
  received: ArrayLike<number> | null | undefined,
  expected: ArrayLike<number>,
  limit: number,
): void {
  expect(received).toHaveLength(expected.length);
  const worst = Array.from(expected).reduce(
    (most, value, i) => Math.max(most, Math.abs(value - received![i]!)),
    0,
  );
  expect(worst).toBeLessThanOrEqual(limit);
}
