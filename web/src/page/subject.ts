// The facts about a linear model of images, or one with several rows for each class, that the
// panels need to explain it.
import type { LinearWeights, Model } from "../runtime/types.ts";
import { say } from "./language.ts";
import type { Size } from "./pixels.ts";

export interface Subject {
  readonly model: Model;
  /** Its rows: `styles` for each class, side by side. */
  readonly linear: LinearWeights;
  /** Ways of writing each class, whose shares are added up; 1 for a linear model. */
  readonly styles: number;
  readonly image: Size;
  readonly labels: readonly string[];
  /** The largest absolute weight: the scale of all images of weights. */
  readonly largestWeight: number;
  /** The scale factor that the manifest applies to the ink. */
  readonly factor: number;
}

/**
 * Rows of each class; 0 if there is no model yet, or it is of another kind. With colours, a pixel
 * has more than one weight.
 */
export const stylesOf = (model: Model | null): number =>
  model?.linear && model.manifest.input.image?.channels === 1 && addsUp(model.linear)
    ? model.linear.outputs / model.labels.length
    : 0;

/** Null if there is nothing to explain. */
export function subjectOf(model: Model | null): Subject | null {
  const styles = stylesOf(model);
  if (!model?.linear || styles === 0) return null;
  const { linear, labels, manifest } = model;
  const image = manifest.input.image!;
  const factor = (manifest.preprocess?.image ?? []).reduce(
    (product, step) => (step.step === "scale" ? product * step.factor : product),
    1,
  );
  return { model, linear, styles, image, labels, largestWeight: largestOf(linear.kernel), factor };
}

/**
 * True if their softmax is the answer, or a layer adds up as many shares for each class, side by
 * side.
 */
const addsUp = ({ next: [sum, ...more] = [] }: LinearWeights): boolean =>
  !sum || (more.length === 0 && sum.dense !== undefined && isSum(sum.dense));

const isSum = ({ kernel, bias, inputs, outputs }: LinearWeights): boolean =>
  inputs % outputs === 0 &&
  !bias.some(Boolean) &&
  kernel.every((weight, at) => weight === Number(Math.floor(at / inputs) === at % outputs));

/** Likewise, of a model with one row for each class. */
export function linearSubjectOf(model: Model | null): Subject | null {
  const subject = subjectOf(model);
  return subject?.styles === 1 ? subject : null;
}

/** The class of a row, and which way of writing it that is. */
export function nameOfRow(
  { labels, styles }: Pick<Subject, "labels" | "styles">,
  row: number,
): string {
  const label = labels[Math.floor(row / styles)] ?? "";
  return styles === 1 ? label : say.votes.way(label, (row % styles) + 1);
}

/** The ways of writing one class. */
export interface Ways {
  /** The row with the highest score, and that score. */
  readonly row: number;
  readonly score: number;
  /** e^score of all its rows together, over that of the highest one: 1 where there is one row. */
  readonly crowd: number;
}

/** @param styles Rows of each class. */
export function waysOf(scores: ArrayLike<number>, styles: number): readonly Ways[] {
  return Array.from({ length: scores.length / styles }, (_, label) => {
    const own = Array.from(scores).slice(label * styles, (label + 1) * styles);
    const score = Math.max(...own);
    const crowd = own.reduce((sum, each) => sum + Math.exp(each - score), 0);
    return { row: label * styles + own.indexOf(score), score, crowd };
  });
}

/** The weights of one row. */
export const weightsOf = (kernel: Float32Array, outputs: number, index: number): Float32Array =>
  kernel.filter((_, place) => place % outputs === index);

/** The largest absolute value. */
export function largestOf(values: Float32Array | Float64Array): number {
  let most = 0;
  // Not `for … of`: it makes an object for each value, megabytes of garbage at every stroke's end.
  for (let at = values.length - 1; at >= 0; at--) most = Math.max(most, Math.abs(values[at]!));
  return most;
}

/** Indices of the values, that of the largest first; of equal ones, that of the first. */
export const ranking = (values: ArrayLike<number>): readonly number[] =>
  [...Array.from(values).keys()].sort((a, b) => values[b]! - values[a]!);

/** Index of the class with the second largest share; null if there is only one class. */
export const runnerUp = (shares: ArrayLike<number>, answer: number): number | null =>
  ranking(shares).find((index) => index !== answer) ?? null;
