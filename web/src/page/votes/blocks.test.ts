import fc from "fast-check";
import { expect, test } from "vitest";
import { holds } from "../../testing/holds.ts";
import { layVotes } from "./blocks.ts";

test("votes for are laid from 0, the strongest first, those against from there back down; blank pixels have no block", () => {
  const blocks = layVotes(Float64Array.of(1, 0, -0.5, 3, -2));
  expect(blocks.map(({ pixel, isFor, from, to }) => [pixel, isFor, from, to])).toEqual([
    [3, true, 0, 3],
    [0, true, 3, 4],
    [4, false, 4, 2],
    [2, false, 2, 1.5],
  ]);
  expect(blocks.map(({ rank }) => rank)).toEqual([0, 0.5, 0, 0.5]);
  expect(layVotes(new Float64Array(4))).toEqual([]);
});

test("they end at the sum of all votes", () => {
  holds(fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 1 }), (votes) => {
    const end = layVotes(Float64Array.from(votes)).at(-1)?.to ?? 0;
    expect(end).toBeCloseTo(
      votes.reduce((a, b) => a + b),
      9,
    );
  });
});
