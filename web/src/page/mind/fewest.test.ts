import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import type { LinearWeights, Model } from "../../runtime/types.ts";
import { exampleImages, exampleModel, type Labelled } from "../../testing/example-model.ts";
import { randomArray, randomNumbers } from "../../testing/layers-model.ts";
import { erased } from "./brush.ts";
import { fewest, fewestAgainst, LEAD, type Change, type Scene } from "./fewest.ts";
import { blankOf, readPrepared } from "./prepared.ts";
import { scoresOf } from "../training/sgd.ts";

const scoresAt = ({ linear, input }: Scene) => scoresOf(linear, input);

/** A small model and an input of which some pixels are blank. */
function sceneOf(seed: number, inputs: number, outputs: number): Scene {
  const numbers = randomNumbers(seed);
  const linear: LinearWeights = {
    kernel: randomArray(inputs * outputs, numbers),
    bias: randomArray(outputs, numbers),
    inputs,
    outputs,
  };
  const input = randomArray(inputs, numbers).map((value) => Math.max(0, Math.min(1, value + 0.3)));
  return { linear, input, blank: 0 };
}

const without = (scene: Scene, pixels: readonly number[]): Scene => ({
  ...scene,
  input: erased(scene.input, pixels) ?? scene.input,
});

const wins = (scores: Float64Array, wanted: number) =>
  scores.every((score, index) => index === wanted || scores[wanted]! - score >= LEAD);

/** All sets of pixels, the smallest first. */
function setsOf(inputs: number): readonly (readonly number[])[] {
  const all = Array.from({ length: 2 ** inputs }, (_, bits) =>
    Array.from({ length: inputs }, (_, pixel) => pixel).filter((pixel) => (bits >> pixel) & 1),
  );
  return all.sort((a, b) => a.length - b.length);
}

const INPUTS = 8;
const SETS = setsOf(INPUTS);
const smallest = (accepts: (pixels: readonly number[]) => boolean) =>
  SETS.find(accepts)?.length ?? Infinity;

test.each([2, 4])(
  "where every set of pixels can be tried: of %i classes the wanted one wins, and what is said of fewer pixels is true",
  (classes) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), (seed) => {
        const scene = sceneOf(seed, INPUTS, classes);
        const isWon = (pixels: readonly number[]) => wins(scoresAt(without(scene, pixels)), 1);
        const expected = smallest(isWon);
        const { pixels, atLeast, isEnough } = fewest(scene, 1);
        expect(atLeast).toBeLessThanOrEqual(expected);
        if (classes === 2) {
          // that is all
          expect([fewestAgainst(scene, 1, 0), atLeast]).toEqual([expected, expected]);
          expect(isEnough ? pixels.length : Infinity).toBe(expected);
        }
        if (!isEnough) return;
        expect(isWon(pixels)).toBe(true);
        expect(pixels.length).toBeGreaterThanOrEqual(expected);
        for (const spared of pixels)
          expect(isWon(pixels.filter((pixel) => pixel !== spared))).toBe(false);
      }),
      { numRuns: 100 },
    );
  },
);

let model: Model;
let mistakes: readonly Labelled[];
beforeAll(async () => {
  model = await exampleModel();
  mistakes = await exampleImages(model, "mistakes");
});

async function sceneAt({ picture }: Labelled) {
  const prediction = await model.predictPicture(picture);
  const scene: Scene = {
    linear: model.linear!,
    input: prediction.input,
    blank: blankOf(model.manifest),
  };
  return { scene, prediction, picture: prediction.picture! };
}
const answerTo = async (picture: Float32Array) => (await readPrepared(picture)(model)).labelIndex;

/** The model itself answers `wanted` with these pixels, and with none of them left out. */
async function expectFlip(picture: Float32Array, wanted: number, { pixels }: Change) {
  expect(pixels.length).toBeGreaterThan(0);
  expect(await answerTo(erased(picture, pixels) ?? picture)).toBe(wanted);
  for (const spared of pixels) {
    const fewer = pixels.filter((pixel) => pixel !== spared);
    expect(await answerTo(erased(picture, fewer) ?? picture)).not.toBe(wanted);
  }
}

test("a few erased pixels turn images that the example model misreads into what is written there", async () => {
  const counts: number[] = [];
  let proven = 0;
  for (const image of mistakes.slice(0, 100)) {
    const { scene, prediction, picture } = await sceneAt(image);
    expect(prediction.labelIndex).not.toBe(image.label);
    const change = fewest(scene, image.label);
    await expectFlip(picture, image.label, change);
    counts.push(change.pixels.length);
    if (change.pixels.length === change.atLeast) proven++;
  }
  counts.sort((a, b) => a - b);
  const at = (share: number) => counts[Math.floor(share * (counts.length - 1))];
  expect(at(0.5)).toBeLessThanOrEqual(3);
  expect(at(0.9)).toBeLessThanOrEqual(12);
  expect(proven).toBeGreaterThanOrEqual(0.9 * counts.length);
});
