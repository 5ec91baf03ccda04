// One drawing, its true label, and what has been learnt from it so far. Without DOM; a change is a new lesson.
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
  /** The class that the visitor calls right. */
  readonly truth: number | null;
  /** Before the first step on this drawing with this truth, and after each since. */
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

/** Another drawing, or more of the same; what was learnt stays. An empty pad has no truth. */
export const withInput = (lesson: Lesson, input: Float32Array | null, truth = lesson.truth): Lesson =>
  withLoss({ ...lesson, input, truth: input ? truth : null });

export const withTruth = (lesson: Lesson, truth: number): Lesson => withLoss({ ...lesson, truth });

/** Forget all steps. */
export const reset = (lesson: Lesson): Lesson => withLoss({ ...lesson, weights: lesson.first, steps: 0 });

/** Take `count` steps on the drawing. Without a drawing and its truth there is nothing to learn from. */
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
  /** Of the downloaded weights. */
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
export function historyOf({ recipe, training }: Manifest): string {
  const model = recipe?.["model"] as { readonly kernel_initializer?: unknown } | undefined;
  const initializer = model?.kernel_initializer;
  const start = initializer === "zeros" ? "at nought" : typeof initializer === "string" ? "as noise" : "untaught";
  const batch = training?.batch_size ?? 1;
  const pace = batch > 1 ? `, ${batch} at a time, and each time` : ", and after each";
  return (
    `Its weights began ${start}; it was shown examples with the right answer${pace} it moved them a ` +
    "little, so as to be less wrong."
  );
}

export interface Rate {
  readonly value: number;
  readonly note: string;
}

/** Used where a model's record names no learning rate. */
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
      note: own === rate ? "with which training began" : "a usual choice; this model\u2019s record names none",
    },
    { value: rate / 10, note: "a tenth of the first" },
  ];
  if (batch > 10) {
    rates.push({
      value: rate / batch,
      note: `the first ÷ ${batch}: one image\u2019s pull in training, which steps by the mean of ${batch}`,
    });
  }
  return rates;
}
