import fc from "fast-check";
import { expect, test } from "vitest";
import { createDenseEngine } from "../runtime/dense/engine.ts";
import { denseModel, randomArray, randomNumbers } from "../testing/layers-model.ts";
import type { Model, Prediction } from "../runtime/types.ts";
import { linearSubjectOf, runnerUp, subjectOf } from "./subject.ts";
import { explain, viewOf } from "./explain.ts";
import { outcomeOf } from "./percent/softmax.ts";
import { Store } from "./state.ts";

/**
 * A model of `inputs` × 4, an input of which two thirds are blank, and the results of the page's
 * own engine.
 */
function answered(seed: number, factor = 1, inputs = 60) {
  const { modelJson, data } = denseModel(inputs, [{ units: 4, activation: "softmax" }], seed);
  const engine = createDenseEngine(modelJson, data);
  const input = randomArray(inputs, randomNumbers(seed + 1)).map((value, i) =>
    i % 3 ? 0 : Math.abs(value) * factor,
  );
  const { logits, probabilities } = engine.run(input);
  return { input, linear: engine.linear!, logits: logits!, probabilities };
}

const modelOf = (
  { linear }: Pick<Model, "linear">,
  labels: readonly string[],
  height = 2,
  width = 2,
) =>
  ({
    linear,
    labels,
    manifest: { input: { image: { height, width, channels: 1 } } },
  }) as unknown as Model;

// Both add up in double precision. The engine rounds the sum to float32, with a relative error of
// at most half of 2⁻²³.
const rounding = (score: number) => Math.max(1, Math.abs(score)) * 2 ** -24 + 1e-12;

test.each([1, 255])(
  "the votes and the bias add up to the score that the softmax uses, with inputs up to %i",
  (most) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (seed) => {
        const { input, linear, logits } = answered(seed, most);
        explain(input, linear).forEach(({ votes, positive, negative, bias, score }, column) => {
          expect(positive + negative + bias).toBe(score);
          expect(votes.reduce((a, b) => a + b, bias)).toBeCloseTo(score, 9);
          expect(positive).toBeGreaterThanOrEqual(0);
          expect(negative).toBeLessThanOrEqual(0);
          expect(Math.abs(score - logits[column]!)).toBeLessThanOrEqual(rounding(score));
          votes.forEach((vote, i) => {
            expect(vote).toBe(input[i]! * linear.kernel[4 * i + column]!);
          });
        });
      }),
      { numRuns: 50 },
    );
  },
);

test.each([1, 2, 4])(
  "with %i rows for each class, their exact sums give the shares that the model adds up",
  (styles) => {
    const labels = ["a", "b", "c", "d"];
    for (let seed = 1; seed <= 50; seed++) {
      const specs = [
        { units: 4 * styles, activation: "softmax" },
        ...(styles > 1 ? [{ units: 4, adds: true }] : []),
      ];
      const { modelJson, data } = denseModel(60, specs, seed);
      const engine = createDenseEngine(modelJson, data);
      const model = modelOf(engine, labels, 6, 10);
      const subject = subjectOf(model)!;
      expect([subject.styles, linearSubjectOf(model) !== null]).toEqual([styles, styles === 1]);
      const input = randomArray(60, randomNumbers(seed + 1)).map((value, i) =>
        i % 3 ? 0 : Math.abs(value),
      );
      const { probabilities } = engine.run(input);
      const prediction = { input, labelIndex: 2 } as unknown as Prediction;
      const { sums, ways, scores, shown, marked } = viewOf(subject, {
        ...new Store().state,
        prediction,
      });
      expect([shown, marked]).toEqual([2, 2]);
      for (const { row, score } of ways) expect(score).toBe(sums[row]!.score);
      outcomeOf(scores).shares.forEach((share, label) => {
        // The engine rounds its scores, the shares of the rows and their sum to float32.
        expect(Math.abs(share - probabilities[label]!)).toBeLessThan(2e-6);
      });
    }
  },
);

test("a last layer that does more than add up the shares of each class is not explained", () => {
  const { modelJson, data } = denseModel(4, [
    { units: 4, activation: "softmax" },
    { units: 2, useBias: false },
  ]);
  const engine = createDenseEngine(modelJson, data);
  expect(engine.linear).not.toBeNull();
  expect(subjectOf(modelOf(engine, ["a", "b"]))).toBeNull();
});

test("an empty page is answered by the biases, and of a doubtful answer only what the visitor chose is marked", () => {
  const { modelJson, data } = denseModel(4, [{ units: 3, activation: "softmax" }]);
  const engine = createDenseEngine(modelJson, data);
  const { linear } = engine;
  const subject = subjectOf(modelOf(engine, ["a", "b", "c"]))!;
  const { state } = new Store();
  const empty = viewOf(subject, state);
  expect(empty.scores).toEqual([...linear!.bias]);
  expect(empty.shown).toBe(linear!.bias.indexOf(Math.max(...linear!.bias)));
  const doubtful = { ...state, trust: { doubt: ["Closest to a", "but"], often: "" } as const };
  expect(viewOf(subject, doubtful)).toMatchObject({ shown: empty.shown, marked: null });
  expect(viewOf(subject, { ...doubtful, picked: 1 })).toMatchObject({ shown: 1, marked: 1 });
});

test("the runner-up is the most probable of the others", () => {
  expect(runnerUp(Float32Array.of(0.2, 0.5, 0.3), 1)).toBe(2);
  expect(runnerUp(Float32Array.of(0.5, 0.5), 0)).toBe(1);
  expect(runnerUp(Float32Array.of(1), 0)).toBeNull();
});
