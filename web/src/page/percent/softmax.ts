// Softmax: from scores to shares of 1.
import { ranking } from "../subject.ts";

export interface Outcome {
  readonly scores: readonly number[];
  /** Indices, the largest score first. */
  readonly order: readonly number[];
  /** Index of the largest score. */
  readonly answer: number;
  /** Likewise of the second largest; null if there is no other. */
  readonly next: number | null;
  /** e^score, as parts of the largest one. */
  readonly heights: readonly number[];
  /** As parts of their total. */
  readonly shares: readonly number[];
}

export function outcomeOf(scores: readonly number[]): Outcome {
  const order = ranking(scores);
  const [answer = 0, next = null] = order;
  const heights = scores.map((score) => Math.exp(score - scores[answer]!));
  const total = heights.reduce((a, b) => a + b);
  return { scores, order, answer, next, heights, shares: heights.map((height) => height / total) };
}
