import fc from "fast-check";
import { expect, test } from "vitest";
import { waysOf } from "../subject.ts";
import { changeOf, lifted, moved, outcomeOf, unmoved } from "./whatif.ts";

/** One row for each class. */
const drawingOf = (scores: ArrayLike<number>) => ({ ways: waysOf(scores, 1) });

const scores = fc
  .array(fc.double({ min: -60, max: 60, noNaN: true }), { minLength: 2, maxLength: 26 })
  .map((values) => drawingOf(values));

test("shares add up to 1, and the ratio of two is e to the difference of their scores", () => {
  fc.assert(
    fc.property(scores, (drawing) => {
      const scores = drawing.ways.map(({ score }) => score);
      const { shares, answer } = outcomeOf(drawing, unmoved(scores.length));
      expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
      expect(scores[answer]).toBeCloseTo(Math.max(...scores), 9);
      scores.forEach((score, index) => {
        expect(shares[index]! / shares[answer]!).toBeCloseTo(Math.exp(score - scores[answer]!), 9);
      });
    }),
  );
  const extreme = outcomeOf(drawingOf([4000, 3999, -4000]), unmoved(3));
  expect(extreme).toMatchObject({ powers: Float64Array.of(1, Math.exp(-1), 0), total: 1 + Math.exp(-1), answer: 0 });
});

test("moving every score by the same amount moves no share: softmax only compares scores", () => {
  fc.assert(
    fc.property(scores, fc.double({ min: -20, max: 20, noNaN: true }), (drawing, by) => {
      const nothing = unmoved(drawing.ways.length);
      const [before, after] = [outcomeOf(drawing, nothing), outcomeOf(drawing, lifted(nothing, by))];
      after.shares.forEach((share, index) => {
        expect(share).toBeCloseTo(before.shares[index]!, 9);
      });
    }),
  );
});

test("with several rows for each class a move moves all of them, and the class with the best row may not be the answer", () => {
  const rows = [1, 1, 1.1, -9, 0, 0.5]; // two of each
  const powers = (moves: readonly number[]) =>
    moves.map((by, label) => Math.exp(rows[2 * label]! + by) + Math.exp(rows[2 * label + 1]! + by));
  const drawing = { ways: waysOf(rows, 2) };
  expect(drawing.ways.map(({ row }) => row)).toEqual([0, 2, 5]);
  for (const [label, by] of [
    [0, 0],
    [2, 3],
  ] as const) {
    const { shares, scores } = outcomeOf(drawing, moved(unmoved(3), label, by));
    const expected = powers([0, 0, 0].map((_, index) => (index === label ? by : 0)));
    const total = expected.reduce((a, b) => a + b);
    shares.forEach((share, index) => {
      expect(share).toBeCloseTo(expected[index]! / total, 12);
    });
    expect(scores[label]).toBe(drawing.ways[label]!.score + by);
  }
  expect(outcomeOf(drawing, unmoved(3)).answer).toBe(0);
});

test("moves are told apart: none, one, several, or all alike", () => {
  const one = moved(unmoved(3), 1, 2);
  expect(changeOf(unmoved(3))).toEqual({ kind: "none" });
  expect(changeOf(one)).toEqual({ kind: "one", index: 1, by: 2 });
  expect(changeOf(moved(one, 1, 0))).toEqual({ kind: "none" }); // there and back
  expect(changeOf(moved(one, 0, 1))).toEqual({ kind: "several", count: 2 });
  expect(changeOf(lifted(unmoved(3), 1))).toEqual({ kind: "all", by: 1 });
  expect(changeOf(lifted(one, 1))).toEqual({ kind: "several", count: 3 });
});
