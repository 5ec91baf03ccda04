// The misread test image that two stops look at.
import type { Model } from "../../runtime/types.ts";
import { hasFile, readImages, readJson } from "../files.ts";
import type { Mistake } from "../../runtime/schema.ts";
import type { Placed } from "../state.ts";
import { placedTestImage } from "../test-image.ts";

/** Keys of the manifest's `files`. */
export const MISTAKE_FILES = ["evaluation", "mistake_images"] as const;

export const hasMistakes = (model: Model): boolean =>
  MISTAKE_FILES.every((name) => hasFile(model, name)) && model.manifest.metrics?.test_accuracy !== 1;

/** MNIST’s test images that linear models misread and everybody can read. */
const LEGIBLE = [9168, 4785, 4382, 3943];
/** Ideal share of the wrong answer, with the right one close behind: a few steps can still teach it. */
const FAIRLY_SURE = 0.6;

/**
 * Position of the mistake to show; −1 if there is none.
 *
 * @param kept So many of them, from the first, have an image.
 * @param legible Indices in the test set of those to prefer, the best first.
 */
export function chooseMistake(mistakes: readonly Mistake[], kept: number, legible: readonly number[] = []): number {
  const places = legible.map((index) => mistakes.slice(0, kept).findIndex((mistake) => mistake.index === index));
  const preferred = places.find((place) => place >= 0);
  if (preferred !== undefined) return preferred;
  const distance = ({ probability, label_probability: right }: Mistake) =>
    Math.abs(probability - FAIRLY_SURE) + Math.abs(1 - probability - right);
  return mistakes
    .slice(0, kept)
    .reduce((best, mistake, place, all) => (best < 0 || distance(mistake) < distance(all[best]!) ? place : best), -1);
}

/** @throws ModelError `network`, `integrity`, `manifest`: the files cannot be read. */
export async function readMistake(model: Model): Promise<Placed | null> {
  const [{ mistakes }, pictures] = await Promise.all([
    readJson(model, "evaluation"),
    readImages(model, "mistake_images"),
  ]);
  const place = chooseMistake(mistakes, pictures.length, model.manifest.data?.name === "mnist" ? LEGIBLE : []);
  const [mistake, picture] = [mistakes[place], pictures[place]];
  if (!mistake || !picture) return null;
  return placedTestImage(model, mistake, picture);
}
