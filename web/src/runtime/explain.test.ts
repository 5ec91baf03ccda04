import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { denseModel } from "../testing/layers-model.ts";
import { filesOf, manifestOf, publish, ROOT, serve } from "../testing/published.ts";
import { headlessHost } from "./headless.ts";
import { load } from "./load.ts";

const labels = ["cat", "dog", "eel"];
const open = (specs: Parameters<typeof denseModel>[1]) => {
  const formats = [{ id: "layers-float32", files: filesOf(denseModel(6, specs)) }];
  return load(
    `${ROOT}latest.json`,
    { fetch: serve(publish(manifestOf(formats, 6, labels), formats)) },
    headlessHost,
  );
};
const linear = await open([{ units: 3, activation: "softmax" }]);
const inputs = fc.float32Array({ minLength: 6, maxLength: 6, min: -1e6, max: 1e6, noNaN: true });

describe("explain", () => {
  test("gives the sum that the logit is, term by term", async () => {
    await fc.assert(
      fc.asyncProperty(inputs, fc.nat(2), async (input, index) => {
        const { kernel, bias, outputs } = linear.linear!;
        const { logits } = await linear.predict(input);
        const sum = (await linear.explain(input, index))!;
        expect(sum).toMatchObject({ label: labels[index], labelIndex: index, bias: bias[index] });
        expect(sum.products).toEqual(
          input.map((value, row) => value * kernel[row * outputs + index]!),
        );
        const parts = Array.from(sum.products);
        const size = parts.reduce((most, part) => most + Math.abs(part), 0);
        // Half a step of float32 of each product, and of the logit: 2 ** -24 of the sizes that were
        // added up.
        const rounding = 2 ** -23 * (size + 1);
        expect(
          Math.abs(sum.positive - parts.filter((part) => part > 0).reduce((a, b) => a + b, 0)),
        ).toBeLessThan(rounding);
        expect(
          Math.abs(sum.negative - parts.filter((part) => part < 0).reduce((a, b) => a + b, 0)),
        ).toBeLessThan(rounding);
        expect(sum.score).toBe(sum.positive + sum.negative + sum.bias);
        expect(Math.abs(sum.score - logits![index]!)).toBeLessThanOrEqual(
          2 ** -24 * Math.abs(sum.score) + 1e-9 * size,
        );
      }),
    );
  });

  test("takes a label, an index, or nothing for the answer itself", async () => {
    const input = Float32Array.of(0, 1, 0, 0.5, 0, 0.25);
    const { labelIndex } = await linear.predict(input);
    expect((await linear.explain(input, "dog"))?.labelIndex).toBe(1);
    expect(await linear.explain(input, 1)).toEqual(await linear.explain(input, "dog"));
    expect((await linear.explain(input))?.labelIndex).toBe(labelIndex);
  });

  test.each(["cow", "", "toString", -1, 3, 0.5, NaN])(
    "refuses the unknown class %s",
    async (label) => {
      await expect(linear.explain(new Float32Array(6), label)).rejects.toMatchObject({
        code: "input",
      });
    },
  );

  test.each<[string, Parameters<typeof denseModel>[1]]>([
    [
      "a hidden layer",
      [
        { units: 4, activation: "relu" },
        { units: 3, activation: "softmax" },
      ],
    ],
    [
      "several rows for each class",
      [
        { units: 6, activation: "softmax" },
        { units: 3, adds: true },
      ],
    ],
  ])("refuses a model whose logits are no such sums: %s", async (_, specs) => {
    const other = await open(specs);
    await expect(other.explain(new Float32Array(6))).rejects.toMatchObject({
      name: "ModelError",
      code: "unsupported",
    });
  });
});
