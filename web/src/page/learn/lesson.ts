// One drawing, its true label, and what has been learned from it so far. No DOM. Immutable: a change is a new lesson.
import type { Manifest } from "../../runtime/manifest.ts";
import { copyOf, errorOf, lossOf, scoresOf, softmax, stepOf, type Weights } from "./sgd.ts";
import type { LinearWeights } from "../../runtime/types.ts";

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
}

export function startLesson(linear: LinearWeights): Lesson {
  const first = copyOf(linear);
  return { first, weights: first, steps: 0, input: null, truth: null, losses: [] };
}

const withLoss = (lesson: Lesson): Lesson => ({ ...lesson, losses: lossesOf(lesson) });

function lossesOf({ input, truth, weights }: Lesson): readonly number[] {
  return input && truth !== null ? [lossOf(scoresOf(weights, input), truth)] : [];
}

/** Another drawing, or more of the same one; what was learned stays. A blank pad has no truth. */
export const withInput = (lesson: Lesson, input: Float32Array | null, truth = lesson.truth): Lesson =>
  withLoss({ ...lesson, input, truth: input ? truth : null });

export const withTruth = (lesson: Lesson, truth: number): Lesson => withLoss({ ...lesson, truth });

/** Undo all steps. */
export const reset = (lesson: Lesson): Lesson => withLoss({ ...lesson, weights: lesson.first, steps: 0 });

/** Take `count` steps with the drawing. Without a drawing and its truth, nothing happens. */
export function learn(lesson: Lesson, rate: number, count: number): Lesson {
  const { input, truth } = lesson;
  if (!input || truth === null) return lesson;
  let { weights } = lesson;
  const losses = [...lesson.losses];
  for (let step = 0; step < count; step++) {
    weights = stepOf(weights, input, truth, rate);
    losses.push(lossOf(scoresOf(weights, input), truth));
  }
  return { ...lesson, weights, losses, steps: lesson.steps + count };
}

export interface Answers {
  /** With the downloaded weights. */
  readonly before: Float64Array;
  readonly now: Float64Array;
  /** now − truth; null without a truth. */
  readonly error: Float64Array | null;
}

export function answersOf({ first, weights, input, truth }: Lesson): Answers | null {
  if (!input) return null;
  const now = softmax(scoresOf(weights, input));
  return {
    before: softmax(scoresOf(first, input)),
    now,
    error: truth === null ? null : errorOf(now, truth),
  };
}

/** How it came to its weights, as far as its record says. */
export function historyOf({ recipe, training, origin }: Manifest): string {
  if (origin) {
    return "It was trained elsewhere. Most models like it are shown examples with the right answer, and change a little each time.";
  }
  const model = recipe?.["model"] as { readonly kernel_initializer?: unknown } | undefined;
  const initializer = model?.kernel_initializer;
  const start = initializer === "zeros" ? "at 0" : typeof initializer === "string" ? "as random numbers" : "untrained";
  const batch = training?.batch_size ?? 1;
  const pace = batch > 1 ? `, ${batch} at a time, and each time` : ", and after each";
  return (
    `Its weights started ${start}. The model was shown examples with the right answer${pace} the weights were ` +
    "changed a little, to be less wrong."
  );
}

export interface Rate {
  readonly value: number;
  readonly note: string;
}

/** Used if the manifest has no learning rate. */
const FALLBACK = 0.1;

/** Learning rates to choose from, the recipe's own first. */
export function ratesOf({ recipe, training }: Manifest): readonly Rate[] {
  const settings = recipe?.["training"] as { readonly learning_rate?: unknown } | undefined;
  const own = settings?.learning_rate;
  const rate = typeof own === "number" && own > 0 ? own : FALLBACK;
  const batch = training?.batch_size ?? 1;
  const rates: Rate[] = [
    {
      value: rate,
      note: own === rate ? "used at the start of training" : "a common choice; the manifest of this model has none",
    },
    { value: rate / 10, note: "a tenth of the first" },
  ];
  if (batch > 10) {
    rates.push({
      value: rate / batch,
      note: `the first ÷ ${batch}: the effect of one image in training, where a step is the mean of ${batch}`,
    });
  }
  return rates;
}
