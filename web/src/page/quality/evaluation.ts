// Derives facts from evaluation.json and the manifest's checks. No DOM.
import type { FormatCheck } from "../../runtime/schema.ts";
import type { Model } from "../../runtime/types.ts";
import type { Evaluation, Mistake } from "../../runtime/schema.ts";

/** A cell off the diagonal of the confusion matrix. */
export interface MixUp {
  readonly label: number;
  readonly predicted: number;
  readonly count: number;
}

/** All mix-ups that occurred, most frequent first. */
export function mixUps(confusion: Evaluation["confusion"]): readonly MixUp[] {
  return confusion
    .flatMap((row, label) => row.map((count, predicted) => ({ label, predicted, count })))
    .filter(({ label, predicted, count }) => label !== predicted && count > 0)
    .sort((a, b) => b.count - a.count);
}

/**
 * The mistakes of one cell, or of a whole row, most confident first, each with its position in the file of their images.
 *
 * @param predicted Null: any wrong class.
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

/** The check of the downloaded format before publishing: by this page's own engine if there is one, else by TensorFlow.js. */
export function parityOf({ manifest, format }: Model): FormatCheck | null {
  const checks = manifest.verification?.checks.filter((check) => check.format === format.id) ?? [];
  return checks.find(({ runtime }) => runtime === "dense") ?? checks[0] ?? null;
}

/** The test accuracy that was required for publishing this model; null if there was no such gate. */
export function accuracyLimit({ manifest }: Model): number | null {
  return manifest.gates?.find(({ name }) => name === "test accuracy")?.limit ?? null;
}
