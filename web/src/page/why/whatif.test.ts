import fc from "fast-check";
import { expect, test } from "vitest";
import { changeOf, lifted, moved, outcomeOf, unmoved } from "./whatif.ts";

const scores = fc
  .array(fc.double({ min: -60, max: 60, noNaN: true }), { minLength: 2, maxLength: 26 })
  .map((values) => ({ logits: Float32Array.from(values) }));

test("shares add up to 1, and the ratio of two is e to the difference of their scores", () => {
  fc.assert(
    fc.property(scores, (drawing) => {
      const { logits } = drawing;
      const { shares, answer } = outcomeOf(drawing, unmoved(logits.length));
      expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
      expect(logits[answer]).toBeCloseTo(Math.max(...logits), 9);
      logits.forEach((logit, index) => {
        expect(shares[index]! / shares[answer]!).toBeCloseTo(Math.exp(logit - logits[answer]!), 9);
      });
    }),
  );
  const extreme = outcomeOf({ logits: Float32Array.of(4000, 3999, -4000) }, unmoved(3));
  expect(extreme).toMatchObject({ powers: Float64Array.of(1, Math.exp(-1), 0), total: 1 + Math.exp(-1), answer: 0 });
});

test("moving every score by the same amount moves no share: softmax only compares scores", () => {
  fc.assert(
    fc.property(scores, fc.double({ min: -20, max: 20, noNaN: true }), (drawing, by) => {
      const nothing = unmoved(drawing.logits.length);
      const [before, after] = [outcomeOf(drawing, nothing), outcomeOf(drawing, lifted(nothing, by))];
      after.shares.forEach((share, index) => {
        expect(share).toBeCloseTo(before.shares[index]!, 9);
      });
    }),
  );
});

test("a score and its bias are moved alike, and their moves add up", () => {
  const drawing = { logits: Float32Array.of(1, 2, 3) };
  const byScore = moved(unmoved(3), "scores", 0, 4);
  expect(outcomeOf(drawing, byScore)).toEqual(outcomeOf(drawing, moved(unmoved(3), "biases", 0, 4)));
  expect([...outcomeOf(drawing, moved(byScore, "biases", 0, -1)).scores]).toEqual([4, 2, 3]);
  expect(outcomeOf(drawing, byScore).answer).toBe(0);
});

test("what was moved is told apart: nothing, one, several, or all alike", () => {
  const one = moved(unmoved(3), "scores", 1, 2);
  expect(changeOf(unmoved(3))).toEqual({ kind: "none" });
  expect(changeOf(one)).toEqual({ kind: "one", index: 1, by: 2 });
  expect(changeOf(moved(one, "biases", 1, -2))).toEqual({ kind: "none" }); // there and back
  expect(changeOf(moved(one, "biases", 0, 1))).toEqual({ kind: "several", count: 2 });
  expect(changeOf(lifted(unmoved(3), 1))).toEqual({ kind: "all", by: 1 });
  expect(changeOf(lifted(one, 1))).toEqual({ kind: "several", count: 3 });
});
