import { expect, test } from "vitest";
import known from "../../../tests/fixtures/familiar.json";
import { distanceOf, familiarFrom } from "./familiar.ts";

const weights = Uint8Array.from(known.weights);

test("both twins compute what the fixture says", () => {
  const familiar = familiarFrom(known.rule, weights, known.size);
  const found = known.inputs.map((input) => distanceOf(familiar, Float32Array.from(input)));
  found.forEach((distance, row) => {
    expect(distance).toBeCloseTo(known.distances[row]!, 6); // inputs are float32
  });
});

test.each([
  ["no rule", undefined],
  ["a rule without numbers", { ...known.rule, biases: ["0", "0", "0"] }],
  ["a rule for other pictures", { ...known.rule, inputs: 7 }],
  ["one output too few", { ...known.rule, outputs: [1, 1] }],
  ["squares of no pixels", { ...known.rule, pool: 0 }],
])("%s is refused", (_, rule) => {
  expect(() => familiarFrom(rule as never, weights, known.size)).toThrow(
    expect.objectContaining({ name: "ModelError", code: "manifest" }) as Error,
  );
});

test("there must be as many weights as the record says", () => {
  expect(() => familiarFrom(known.rule, weights.subarray(1), known.size)).toThrow(
    "must have 18 bytes",
  );
});
