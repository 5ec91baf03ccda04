// The facts about a linear model of images that the panels need to explain it.
import type { LinearWeights, Model } from "../runtime/types.ts";
import type { Size } from "./pixels.ts";

export interface Subject {
  readonly model: Model;
  readonly linear: LinearWeights;
  readonly image: Size;
  readonly labels: readonly string[];
  /** The largest absolute weight: the scale of all images of weights. */
  readonly largestWeight: number;
  /** The scale factor that the manifest applies to the ink. */
  readonly factor: number;
}

/** Null if there is no model yet, or it is of another kind. With colours, a pixel has more than one weight. */
export function subjectOf(model: Model | null): Subject | null {
  const image = model?.manifest.input.image;
  if (!model?.linear || image?.channels !== 1) return null;
  const { linear, labels, manifest } = model;
  const factor = (manifest.preprocess?.image ?? []).reduce(
    (product, step) => (step.step === "scale" ? product * step.factor : product),
    1,
  );
  return { model, linear, image, labels, largestWeight: largestOf(linear.kernel), factor };
}

/** The weights of one class. */
export const weightsOf = (kernel: Float32Array, outputs: number, index: number): Float32Array =>
  kernel.filter((_, place) => place % outputs === index);

/** The largest absolute value. */
export function largestOf(values: Float32Array | Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

/** Index of the class with the second largest share; null if there is only one class. */
export function runnerUp(shares: Float32Array, answer: number): number | null {
  let best: number | null = null;
  shares.forEach((share, index) => {
    if (index !== answer && (best === null || share > shares[best]!)) best = index;
  });
  return best;
}
