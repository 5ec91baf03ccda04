// One drawing, its true label, and what has been learned from it so far. No DOM. Immutable: a change is a new lesson.
import type { Manifest } from "../../runtime/manifest.ts";
import type { LinearWeights } from "../../runtime/types.ts";
import { answerOf, copyOf, errorOf, lossOf, scoresOf, sharesOf, stepOf, type Weights } from "../training/sgd.ts";

export interface Lesson {
  /** As they were downloaded. */
  readonly first: Weights;
  readonly weights: Weights;
  /** Taken since `first`. */
  readonly steps: number;
  /** The drawing as the model sees it; null while nothing is drawn. */
  readonly input: Float32Array | null;
  /** Index of the class that the visitor says is right. */
  readonly truth: number | null;
  /** The loss before the first step with this drawing and truth, and after each step since. */
  readonly losses: readonly number[];
  /** The copy's answer before the first of these steps; null without a truth. */
  readonly began: number | null;
  /** The last of these steps. */
  readonly last: Step | null;
}

/** A step that was taken. */
export interface Step {
  readonly rate: number;
  /** p − y for each class, as it was before the step, which subtracted `rate` × `error` × input from the weights. */
  readonly error: Float64Array;
  /** The weights before it. */
  readonly from: Weights;
}

export function startLesson(linear: LinearWeights): Lesson {
  const first = copyOf(linear);
  return { first, weights: first, steps: 0, input: null, truth: null, losses: [], began: null, last: null };
}

/** No step has been taken with this drawing and this truth. */
function begin(lesson: Lesson): Lesson {
  const { input, truth, weights } = lesson;
  if (!input || truth === null) return { ...lesson, losses: [], began: null, last: null };
  const scores = scoresOf(weights, input);
  return { ...lesson, losses: [lossOf(scores, truth)], began: answerOf(scores), last: null };
}

/** Another drawing, or more of the same one; what was learned stays. A blank pad has no truth. */
export const withInput = (lesson: Lesson, input: Float32Array | null, truth = lesson.truth): Lesson =>
  begin({ ...lesson, input, truth: input ? truth : null });

export const withTruth = (lesson: Lesson, truth: number): Lesson => begin({ ...lesson, truth });

/** Undo all steps. */
export const reset = (lesson: Lesson): Lesson => begin({ ...lesson, weights: lesson.first, steps: 0 });

/** Take `count` steps with the drawing. Without a drawing and its truth, nothing happens. */
export function learn(lesson: Lesson, rate: number, count: number): Lesson {
  const { input, truth } = lesson;
  if (!input || truth === null) return lesson;
  let { weights, last } = lesson;
  const losses = [...lesson.losses];
  for (let step = 0; step < count; step++) {
    last = { rate, from: weights, error: errorOf(sharesOf(weights, input), truth) };
    weights = stepOf(weights, input, truth, rate);
    losses.push(lossOf(scoresOf(weights, input), truth));
  }
  return { ...lesson, weights, losses, last, steps: lesson.steps + count };
}

export interface Answers {
  /** With the downloaded weights. */
  readonly before: Float64Array;
  readonly now: Float64Array;
}

export function answersOf({ first, weights, input }: Lesson): Answers | null {
  if (!input) return null;
  return { before: sharesOf(first, input), now: sharesOf(weights, input) };
}

/** The wrong class to which the model gave most before the step; −1 if the truth is the only class. */
export function strongestWrong({ error }: Step, truth: number): number {
  const wrong = error.map((value, index) => (index === truth ? -Infinity : value));
  return wrong.indexOf(Math.max(...wrong));
}

/** From this share on, the model was sure of the truth: a step has next to nothing to change. */
const SURE = 0.99;
/** Below this, a share shows no change: it is written with three decimals, as a fraction. */
const SEEN = 0.0005;

/** Result of the steps with this drawing. */
export interface Outcome {
  /** "sure" and "surer": the answer was right before. "turned": it was wrong, and is right now. "closer" and "still": it is
   * wrong, and less so, or nothing shows yet. */
  readonly kind: "sure" | "surer" | "turned" | "closer" | "still";
  /** Share of the truth before these steps, and now. */
  readonly from: number;
  readonly to: number;
  /** With this drawing. */
  readonly steps: number;
  /** The answer before these steps, and now. */
  readonly began: number;
  readonly now: number;
}

/** Null before the first step. */
export function outcomeOf(lesson: Lesson): Outcome | null {
  const { input, truth, weights, losses, began } = lesson;
  const steps = losses.length - 1;
  if (!input || truth === null || began === null || steps < 1) return null;
  const [from, to] = [Math.exp(-losses[0]!), Math.exp(-losses.at(-1)!)];
  const now = answerOf(scoresOf(weights, input));
  const right = from >= SURE ? "sure" : "surer";
  const wrong = now === truth ? "turned" : to - from >= SEEN ? "closer" : "still";
  return { kind: began === truth ? right : wrong, from, to, steps, began, now };
}

export interface Rate {
  readonly value: number;
  /** "image": what one image had of a step in training. "batch": what all images of a step had together. "common": the
   * manifest has no learning rate, and others use this one. */
  readonly kind: "image" | "tenfold" | "batch" | "common";
}

/** Used if the manifest has no learning rate. */
const FALLBACK = 0.1;

/** Learning rates to choose from, ascending: the first is what one image had of a step in training. */
export function ratesOf({ recipe, training }: Manifest): readonly Rate[] {
  const settings = recipe?.["training"] as { readonly learning_rate?: unknown } | undefined;
  const own = settings?.learning_rate;
  if (typeof own !== "number" || own <= 0) {
    return [
      { value: FALLBACK / 10, kind: "common" },
      { value: FALLBACK, kind: "common" },
    ];
  }
  const batch = training?.batch_size ?? 1;
  const rates: Rate[] = [{ value: own / batch, kind: "image" }];
  if (batch === 1 || batch > 10) rates.push({ value: (10 * own) / batch, kind: "tenfold" });
  if (batch > 1) rates.push({ value: own, kind: "batch" });
  return rates;
}
