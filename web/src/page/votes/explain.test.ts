import fc from "fast-check";
import { expect, test } from "vitest";
import { createDenseEngine } from "../../runtime/dense/engine.ts";
import { denseModel, randomArray, randomNumbers } from "../../testing/layers-model.ts";
import type { Model } from "../../runtime/types.ts";
import { linearSubjectOf, runnerUp, subjectOf, waysOf } from "../subject.ts";
import { compare, explain, strongestOf } from "./explain.ts";
import { outcomeOf, unmoved } from "./whatif.ts";

/** A model of `inputs` × 4, an input of which two thirds are blank, and the results of the page's own engine. */
function answered(seed: number, factor = 1, inputs = 60) {
  const { modelJson, data } = denseModel(inputs, [{ units: 4, activation: "softmax" }], seed);
  const engine = createDenseEngine(modelJson, data);
  const input = randomArray(inputs, randomNumbers(seed + 1)).map((value, i) => (i % 3 ? 0 : Math.abs(value) * factor));
  const { logits, probabilities } = engine.run(input);
  return { input, linear: engine.linear!, logits: logits!, probabilities };
}

// Both add up in double precision. The engine rounds the sum to float32, with a relative error of at most half of 2⁻²³.
const rounding = (score: number) => Math.max(1, Math.abs(score)) * 2 ** -24 + 1e-12;

test.each([1, 255])(
  "the products and the bias add up to the score that the softmax uses, with inputs up to %i",
  (most) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (seed) => {
        const { input, linear, logits } = answered(seed, most);
        const { products, sums, largest } = explain(input, linear);
        sums.forEach((sum, column) => {
          const products_ = products[column]!;
          expect(sum.positive + sum.negative + sum.bias).toBe(sum.score);
          expect(products_.reduce((a, b) => a + b, sum.bias)).toBeCloseTo(sum.score, 9);
          expect(sum.positive).toBeGreaterThanOrEqual(0);
          expect(sum.negative).toBeLessThanOrEqual(0);
          expect(Math.abs(sum.score - logits[column]!)).toBeLessThanOrEqual(rounding(sum.score));
          expect(Math.abs(products_[strongestOf(products_)]!)).toBeLessThanOrEqual(largest);
          products_.forEach((product, i) => {
            expect(product).toBe(input[i]! * linear.kernel[4 * i + column]!);
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
      const specs = [{ units: 4 * styles, activation: "softmax" }, ...(styles > 1 ? [{ units: 4, adds: true }] : [])];
      const { modelJson, data } = denseModel(60, specs, seed);
      const engine = createDenseEngine(modelJson, data);
      const image = { height: 6, width: 10, channels: 1 };
      const model = { linear: engine.linear, labels, manifest: { input: { image } } } as unknown as Model;
      const subject = subjectOf(model)!;
      expect([subject.styles, linearSubjectOf(model) !== null]).toEqual([styles, styles === 1]);
      const input = randomArray(60, randomNumbers(seed + 1)).map((value, i) => (i % 3 ? 0 : Math.abs(value)));
      const { probabilities } = engine.run(input);
      const scores = explain(input, subject.linear).sums.map(({ score }) => score);
      const ways = waysOf(scores, styles);
      for (const { row, score } of ways) expect(score).toBe(scores[row]);
      const { shares } = outcomeOf({ ways }, unmoved(4));
      shares.forEach((share, label) => {
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
  const image = { height: 2, width: 2, channels: 1 };
  const linear = createDenseEngine(modelJson, data).linear;
  expect(linear).not.toBeNull();
  expect(subjectOf({ linear, labels: ["a", "b"], manifest: { input: { image } } } as unknown as Model)).toBeNull();
});

test("the terms that favour one answer over another add up to its lead, which gives the ratio of their probabilities", () => {
  const { input, linear, logits, probabilities } = answered(5);
  const explanation = explain(input, linear);
  const { differences, forAnswer, forRival, bias, lead } = compare(explanation, 1, 3);
  expect(differences.reduce((a, b) => a + b, bias)).toBeCloseTo(lead, 9);
  expect(forAnswer).toBeGreaterThanOrEqual(0);
  expect(forRival).toBeLessThanOrEqual(0);
  expect(lead).toBeCloseTo(logits[1]! - logits[3]!, 5); // two float32 logits
  expect(Math.exp(lead)).toBeCloseTo(probabilities[1]! / probabilities[3]!, 3);
});

test("the runner-up is the most probable of the others", () => {
  expect(runnerUp(Float32Array.of(0.2, 0.5, 0.3), 1)).toBe(2);
  expect(runnerUp(Float32Array.of(0.5, 0.5), 0)).toBe(1);
  expect(runnerUp(Float32Array.of(1), 0)).toBeNull();
});
