// Weight files with anything in them, through load(): a ModelError, or the answer that stock TensorFlow.js gives.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectClose } from "../testing/close.ts";
import { attempt, hostile, oneShard, siteOf, stockAnswer } from "../testing/fuzz.ts";
import { denseModel, randomArray, randomNumbers } from "../testing/layers-model.ts";
import { reached, runs } from "../testing/tiers.ts";
import { sizeOf } from "./json.ts";

const dense = denseModel(6, [
  { units: 5, activation: "relu" },
  { units: 3, activation: "softmax" },
]);
const models = {
  "a chain of dense layers": { ...dense, route: "layers", shape: [6] },
  "a CNN": { ...oneShard("cnn layers float32"), shape: [10, 10, 1] },
  "a packed CNN": { ...oneShard("cnn layers uint8"), shape: [10, 10, 1] },
  "a graph": { ...oneShard("cnn graph float32"), shape: [10, 10, 1] },
  branches: { ...oneShard("branches layers float32"), shape: [10, 10, 1] },
} as const;

/** Float32 sums of some ten terms, of values around 1 and weights up to 4, in another order. */
const TOLERANCE = 2e-5;

/** Where the numbers start that are no indices or lengths: bytes from the start of the file. */
function placesOf(specs: readonly Record<string, unknown>[], width: number): readonly number[] {
  let end = 0;
  return specs.flatMap(({ dtype, shape }) => {
    const start = end;
    end += width * sizeOf(shape as number[]);
    return dtype === "float32" ? Array.from({ length: sizeOf(shape as number[]) }, (_, i) => start + width * i) : [];
  });
}

describe.each(Object.entries(models))("%s", (_, { modelJson, data, route, shape }) => {
  const inputs = sizeOf(shape);
  const input = randomArray(inputs, randomNumbers(7)).map(Math.abs);
  const packed = modelJson.weightsManifest[0]!.weights.some((spec) => "quantization" in spec);
  const width = packed ? 1 : 4; // bytes of a number
  const open = (bytes: Uint8Array, json: unknown = modelJson) =>
    attempt(
      siteOf(json, bytes, { route, inputs, shape }),
      async (model) => (await model.predict(input)).probabilities!,
    );

  /** Either a refusal, or what stock TensorFlow.js answers. Returns the code, or "answer". */
  async function judge(bytes: Uint8Array, json: unknown = modelJson): Promise<string> {
    const found = await open(bytes, json);
    if ("code" in found) return found.code;
    const stock = await stockAnswer(route, json, bytes, input, shape);
    if (!stock) return "answer alone"; // it checks other things than we do
    expectClose(found.answer, stock, TOLERANCE);
    return "answer";
  }

  test("as they are", async () => {
    expect(await judge(data)).toBe("answer");
  });

  test("of other numbers of the same kind", async () => {
    const places = placesOf(modelJson.weightsManifest[0]!.weights, width);
    const number = packed
      ? fc.nat({ max: 255 }).map((code) => Uint8Array.of(code))
      : fc.float({ min: -4, max: 4, noNaN: true }).map((value) => new Uint8Array(Float32Array.of(value).buffer));
    const property = fc.asyncProperty(fc.array(fc.tuple(fc.nat(), number), { maxLength: 8 }), async (numbers) => {
      const bytes = data.slice();
      for (const [place, value] of numbers) bytes.set(value, places[place % places.length]);
      expect(await judge(bytes)).toBe("answer");
    });
    await fc.assert(property, { numRuns: runs(100), seed: 41 });
  });

  test("of any bytes: an answer in 0..1, or a refusal", async () => {
    const property = fc.asyncProperty(fc.nat(), fc.uint8Array({ maxLength: 64 }), async (place, garbage) => {
      const bytes = data.slice();
      bytes.set(garbage.subarray(0, data.length), place % Math.max(1, data.length - garbage.length));
      const found = await open(bytes);
      if ("code" in found) expect(found.code).toMatch(/integrity|unsupported/);
      else for (const value of found.answer) expect(value >= 0 && value <= 1).toBe(true);
    });
    await fc.assert(property, { numRuns: runs(150), seed: 42 });
  });

  test("cut off, or going on: refused, with digests to match and without", async () => {
    const site = siteOf(modelJson, data, { route, inputs, shape });
    const url = [...site.keys()].find((key) => key.endsWith(".bin"))!;
    const lengths = fc.integer({ min: 1, max: 2 * data.length }).filter((length) => length !== data.length);
    const property = fc.asyncProperty(lengths, async (length) => {
      const bytes = new Uint8Array(length);
      bytes.set(data.subarray(0, length));
      expect(await open(bytes)).toEqual({ code: "integrity" });
      const found = await attempt(new Map(site).set(url, bytes), (model) => model.predict(input));
      expect(found).toEqual({ code: "integrity" });
    });
    await fc.assert(property, { numRuns: runs(60), seed: 43 });
  });

  if (route === "graph") {
    // It may hold an infinity on purpose, as what a maximum starts from; what matters is what comes out.
    test("of which any one is not finite: refused, or without effect", async () => {
      for (const [index, place] of placesOf(modelJson.weightsManifest[0]!.weights, width).entries()) {
        if (index % 7) continue;
        const bytes = data.slice();
        bytes.set([0, 0, 0x80, index % 2 ? 0x7f : 0xff], place);
        expect(await judge(bytes)).toMatch(/answer|unsupported/);
        bytes.set([0, 0, 0xc0, 0x7f], place); // NaN
        expect(await judge(bytes)).toBe("unsupported");
      }
    });
  }

  test("of another dtype, packing, shape or name than they have", async () => {
    const value = fc.oneof(
      fc.constantFrom("float32", "int32", "bool", "string", "complex64", "float16", "uint8", "uint16", "int8"),
      fc.constantFrom(
        { dtype: "uint8", scale: 0.1, min: -1 },
        { dtype: "uint16", scale: 0, min: 0 },
        { dtype: "float16" },
      ),
      fc.constantFrom(
        { dtype: "uint8", scale: 1e39, min: 0 },
        { dtype: "uint8", min: 0 },
        [1],
        [0],
        [2 ** 53],
        [-1, -1],
      ),
      hostile,
    );
    const counts: Record<string, number> = {};
    const field = fc.constantFrom("dtype", "quantization", "shape", "name");
    const property = fc.asyncProperty(fc.nat(), field, value, async (place, field, value) => {
      const json = structuredClone(modelJson) as { weightsManifest: { weights: Record<string, unknown>[] }[] };
      const specs = json.weightsManifest[0]!.weights;
      specs[place % specs.length]![field] = value;
      const verdict = await judge(data, json);
      counts[verdict] = (counts[verdict] ?? 0) + 1;
    });
    await fc.assert(property, { numRuns: runs(300), seed: 45 });
    expect(counts["integrity"]).toBeGreaterThan(reached(10));
    expect(counts["unsupported"]).toBeGreaterThan(reached(10));
  });
});
