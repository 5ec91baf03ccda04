// What evaluation.json and the manifest's checks say, and what follows from it. No DOM.
import type { FormatCheck } from "../../runtime/manifest.ts";
import type { Model } from "../../runtime/types.ts";
import type { Evaluation, Mistake } from "../records.ts";

/** A cell of the confusion matrix beside its diagonal. */
export interface MixUp {
  readonly label: number;
  readonly predicted: number;
  readonly count: number;
}

/** What was taken for what, most frequent first; what never happened is left out. */
export function mixUps(confusion: Evaluation["confusion"]): readonly MixUp[] {
  return confusion
    .flatMap((row, label) => row.map((count, predicted) => ({ label, predicted, count })))
    .filter(({ label, predicted, count }) => label !== predicted && count > 0)
    .sort((a, b) => b.count - a.count);
}

/**
 * The mistakes of one cell, or of a whole row, surest first, each with its place in the file of their pictures.
 *
 * @param predicted Null: read as anything else.
 */
export function mistakesOf(
  mistakes: readonly Mistake[],
  label: number,
  predicted: number | null,
): readonly (Mistake & { readonly place: number })[] {
  return mistakes
    .map((mistake, place) => ({ ...mistake, place }))
    .filter((mistake) => mistake.label === label && (predicted === null || mistake.predicted === predicted))
    .sort((a, b) => b.probability - a.probability);
}

/** What this page's own engine answered for the downloaded format before it was published; else what TensorFlow.js did. */
export function parityOf({ manifest, format }: Model): FormatCheck | null {
  const checks = manifest.verification?.checks.filter((check) => check.format === format.id) ?? [];
  return checks.find(({ runtime }) => runtime === "dense") ?? checks[0] ?? null;
}

/** The test accuracy below which this model would not have been published; null where nothing was demanded. */
export function accuracyLimit({ manifest }: Model): number | null {
  return manifest.gates?.find(({ name }) => name === "test accuracy")?.limit ?? null;
}
