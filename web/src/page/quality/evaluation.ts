// Derives facts from evaluation.json. No DOM.
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

/** The mistakes of one cell, most confident first, each with its position in the file of their images. */
export function mistakesOf(
  mistakes: readonly Mistake[],
  label: number,
  predicted: number,
): readonly (Mistake & { readonly place: number })[] {
  return mistakes
    .map((mistake, place) => ({ ...mistake, place }))
    .filter((mistake) => mistake.label === label && mistake.predicted === predicted)
    .sort((a, b) => b.probability - a.probability);
}
