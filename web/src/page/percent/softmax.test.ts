import fc from "fast-check";
import { expect, test } from "vitest";
import { holds } from "../../testing/holds.ts";
import { curveOf } from "./plot.ts";
import { outcomeOf } from "./softmax.ts";

const scores = fc.array(fc.double({ min: -60, max: 60, noNaN: true }), {
  minLength: 2,
  maxLength: 26,
});

test("shares add up to 1, and the ratio of two is e to the difference of their scores", () => {
  holds(scores, (scores) => {
    const { shares, heights, answer, next } = outcomeOf(scores);
    expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
    expect(scores[answer]).toBe(Math.max(...scores));
    expect(scores[next!]).toBe([...scores].sort((a, b) => b - a)[1]);
    scores.forEach((score, index) => {
      expect(shares[index]! / shares[answer]!).toBeCloseTo(Math.exp(score - scores[answer]!), 9);
      expect(heights[index]).toBeCloseTo(shares[index]! / shares[answer]!, 9);
    });
  });
  expect(outcomeOf([4000, 3999, -4000])).toMatchObject({
    heights: [1, Math.exp(-1), 0],
    answer: 0,
    next: 1,
  });
  expect(outcomeOf([3])).toMatchObject({ shares: [1], answer: 0, next: null });
});

test("one more point for every score changes no share: softmax only compares scores", () => {
  holds(scores, fc.double({ min: -20, max: 20, noNaN: true }), (scores, by) => {
    const [before, after] = [outcomeOf(scores), outcomeOf(scores.map((score) => score + by))];
    after.shares.forEach((share, index) => {
      expect(share).toBeCloseTo(before.shares[index]!, 9);
    });
  });
});

test("the curve passes through the top of the largest bar, and leaves the figure beyond it", () => {
  const path = curveOf({ low: -10, high: 10, ticks: [] }, 4);
  expect(path).toMatch(/^M0\.00 100\.00L/);
  expect(path).toContain("L70.00 0.00L");
  expect(path).toMatch(/L100\.00 -100\.00$/);
});
