// Manifests with anything anywhere, through load(): a ModelError, or the answer that the untouched
// manifest gives.
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { attempt, changed, changes, hostile, siteOf } from "../testing/fuzz.ts";
import { denseModel } from "../testing/layers-model.ts";
import { ROOT, serve } from "../testing/published.ts";
import { reached, runs } from "../testing/tiers.ts";
import { headlessHost } from "./headless.ts";
import { load } from "./load.ts";
import type { Model, Pixels, Prediction } from "./types.ts";

const VERSION = `${ROOT}0123456789ab/manifest.json`;
const labels = ["a", "b", "c"];
const numbers = Float32Array.from({ length: 12 }, (_, index) => index / 12);
const photo: Pixels = {
  data: Uint8Array.from({ length: 4 * 9 * 7 }, (_, i) => (i % 4 === 3 ? 255 : (i * 37) % 256)),
  height: 9,
  width: 7,
};

const kinds = {
  ink: {
    image: { height: 4, width: 3, channels: 1 },
    preprocess: {
      drawing: [
        { step: "ink" },
        { step: "fit", box: 9 },
        { step: "stroke", width: 0.14, thinning: 0.7 },
        { step: "fit", box: 4 },
        { step: "center", height: 4, width: 3 },
      ],
      image: [
        { step: "align", height: 0.2, width: 0.15, limit: 1.6 },
        { step: "scale", factor: 1 },
        { step: "flatten" },
      ],
    },
  },
  photos: {
    image: { height: 2, width: 2, channels: 3 },
    preprocess: {
      drawing: [
        { step: "rgb", background: 1 },
        { step: "contain", height: 5, width: 4, background: 0 },
        { step: "cover", height: 2, width: 2 },
      ],
      image: [
        { step: "bgr" },
        { step: "normalize", mean: [0.4, 0.5, 0.6], deviation: 0.2 },
        { step: "flatten" },
      ],
    },
  },
} as const;

const model = denseModel(12, [
  { units: 5, activation: "relu" },
  { units: 3, activation: "softmax" },
]);

/** All that a caller may ask of it. */
async function answers(model: Model) {
  const ofNumbers = await model.predict(numbers);
  const { height = 4, width = 3, channels = 1 } = model.manifest.input.image ?? {};
  const refused = (error: unknown) => error as Error;
  const ofPhoto = await model.predict(photo).catch(refused);
  const ofPicture = await model
    .predictPicture(new Float32Array(height * width * channels).fill(0.5))
    .catch(refused);
  return { labels: model.labels, ofNumbers, ofPhoto, ofPicture };
}

describe.each(Object.entries(kinds))("a manifest of %s", (_, { image, preprocess }) => {
  const site = siteOf(model.modelJson, model.data, {
    inputs: 12,
    more: { labels, preprocess, input: { shape: [12], image } },
  });
  const manifest = JSON.parse(new TextDecoder().decode(site.get(VERSION))) as Record<
    string,
    unknown
  >;
  const withManifest = (json: unknown) =>
    new Map(site).set(VERSION, new TextEncoder().encode(JSON.stringify(json)));
  let right: Awaited<ReturnType<typeof answers>>;

  beforeAll(async () => {
    const found = await attempt(site, answers);
    if (!("answer" in found)) throw new Error(`The untouched manifest is refused: ${found.code}`);
    right = found.answer;
    expect(right.ofPhoto).toMatchObject({ label: expect.stringMatching(/[abc]/) as string });
    expect(right.ofPicture).toMatchObject({ label: expect.stringMatching(/[abc]/) as string });
  });

  test("that is changed in up to three places", async () => {
    let answered = 0;
    const property = fc.asyncProperty(changes(3), async (all) => {
      const json = changed(manifest, all);
      const found = await attempt(withManifest(json), answers);
      if (!("answer" in found)) return;
      answered += 1;
      const { ofNumbers, ofPhoto, ofPicture, labels } = found.answer;
      // The files are the same, so the answer to numbers is; only its name may be another.
      expect(ofNumbers.probabilities).toEqual(right.ofNumbers.probabilities);
      expect(ofNumbers.label).toBe(labels[ofNumbers.labelIndex]);
      const same = ["input", "preprocess"].every(
        (key) => JSON.stringify(json[key]) === JSON.stringify(manifest[key]),
      );
      for (const [answer, expected] of [
        [ofPhoto, right.ofPhoto],
        [ofPicture, right.ofPicture],
      ] as const) {
        if (answer instanceof Error) expect(answer.name).toBe("ModelError");
        else if (same)
          expect(answer).toMatchObject({ ...(expected as Prediction), label: answer.label });
        else if (answer.label !== null)
          expect(answer.probabilities.every(Number.isFinite)).toBe(true);
      }
    });
    await fc.assert(property, { numRuns: runs(1500), seed: 21 });
    expect(answered).toBeGreaterThan(reached(100)); // much of a manifest only informs people
  });
});

describe("models that would keep a tab busy are refused when they are loaded", () => {
  const site = siteOf(model.modelJson, model.data, { inputs: 12 });
  const manifest = JSON.parse(new TextDecoder().decode(site.get(VERSION))) as {
    formats: { files: object[] }[];
  } & Record<string, unknown>;
  const bytesOf = (text: string) => new TextEncoder().encode(text);
  const draw = (model: Model) => model.predict(numbers);

  test.each([10 ** 12, 2 ** 30])("a file of %d bytes, before it is read", async (bytes) => {
    const [format] = manifest.formats;
    const files = format!.files.map((file) => ({ ...file, bytes }));
    const large = bytesOf(JSON.stringify({ ...manifest, formats: [{ ...format, files }] }));
    const fetch = serve(new Map(site).set(VERSION, large));
    await expect(load(VERSION, { fetch }, headlessHost)).rejects.toMatchObject({
      code: "manifest",
    });
    expect(fetch.asked).toEqual([VERSION]);
  });

  test("lists of more than 32,768", async () => {
    const [format] = manifest.formats;
    const long = (item: unknown): unknown[] => Array.from({ length: 2 ** 15 + 1 }, () => item);
    for (const change of [
      { labels: long("x"), output: { name: "y", shape: [2 ** 15 + 1], kind: "probabilities" } },
      { formats: long(format) },
      { formats: [{ ...format, files: long({ path: "x", bytes: 1, sha256: "" }) }] },
      { verification: { checks: long({ format: "x", passed: true }) } },
    ]) {
      const at = new Map(site).set(VERSION, bytesOf(JSON.stringify({ ...manifest, ...change })));
      expect(await attempt(at, draw)).toEqual({ code: "manifest" });
    }
  });

  test.each([
    ["[", "]"],
    ['{"a":', "}"],
    ['{"labels":[', "]}"],
  ])("JSON that is nested a hundred thousand deep: %s", async (opening, closing) => {
    const deep = `${opening.repeat(100_000)}0${closing.repeat(100_000)}`;
    for (const url of [`${ROOT}latest.json`, VERSION]) {
      expect(await attempt(new Map(site).set(url, bytesOf(deep)), draw)).toEqual({
        code: "manifest",
      });
    }
  });
});

test("latest.json and manifest.json that are any JSON, or any bytes", async () => {
  const site = siteOf(model.modelJson, model.data, { inputs: 12 });
  const bytes = fc.oneof(
    hostile.map((value) => new TextEncoder().encode(JSON.stringify(value) as string | undefined)),
    fc.uint8Array({ maxLength: 50 }),
  );
  const property = fc.asyncProperty(
    fc.constantFrom(`${ROOT}latest.json`, VERSION),
    bytes,
    async (url, content) => {
      const found = await attempt(new Map(site).set(url, content), (model) =>
        model.predict(numbers),
      );
      expect(found).toHaveProperty("code");
    },
  );
  await fc.assert(property, { numRuns: runs(400), seed: 23 });
});
