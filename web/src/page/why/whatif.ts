// Scores and biases that the visitor has moved, and what follows: how softmax would share out, were they so.
import type { View } from "./view.ts";

/** By how much each was moved. Both add to the score. */
export interface WhatIf {
  readonly scores: Float64Array;
  readonly biases: Float64Array;
}

export const unmoved = (count: number): WhatIf => ({
  scores: new Float64Array(count),
  biases: new Float64Array(count),
});

export function moved(whatIf: WhatIf, which: keyof WhatIf, index: number, by: number): WhatIf {
  return { ...whatIf, [which]: whatIf[which].map((move, place) => (place === index ? by : move)) };
}

/** Every score moved by as much again. */
export const lifted = (whatIf: WhatIf, by: number): WhatIf => ({
  ...whatIf,
  scores: whatIf.scores.map((move) => move + by),
});

export interface Outcome {
  readonly scores: Float64Array;
  /** e^(score − the largest score) of each class, and their total. */
  readonly powers: Float64Array;
  readonly total: number;
  /** The powers divided by the total. */
  readonly shares: Float64Array;
  /** Index of the largest score. */
  readonly answer: number;
}

/** Where nothing was moved these are the model's own numbers, up to the rounding of its probabilities to float32. */
export function outcomeOf({ logits }: Pick<View, "logits">, { scores: moves, biases }: WhatIf): Outcome {
  const scores = Float64Array.from(logits, (logit, index) => logit + moves[index]! + biases[index]!);
  const most = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - most));
  const total = powers.reduce((a, b) => a + b);
  return { scores, powers, total, shares: powers.map((power) => power / total), answer: powers.indexOf(1) };
}

export type Change =
  | { readonly kind: "none" }
  /** All scores by the same amount. */
  | { readonly kind: "all"; readonly by: number }
  | { readonly kind: "one"; readonly index: number; readonly by: number }
  | { readonly kind: "several"; readonly count: number };

/** Moves below it are the rounding errors of moving there and back. */
const NOTHING = 1e-9;

export function changeOf({ scores, biases }: WhatIf): Change {
  const moves = scores.map((move, index) => move + biases[index]!);
  const [first = 0] = moves;
  const isMoved = (move: number) => Math.abs(move) > NOTHING;
  const indices = Array.from(moves.keys()).filter((index) => isMoved(moves[index]!));
  if (indices.length === 0) return { kind: "none" };
  if (moves.every((move) => !isMoved(move - first))) return { kind: "all", by: first };
  const [index = 0] = indices;
  return indices.length === 1 ? { kind: "one", index, by: moves[index]! } : { kind: "several", count: indices.length };
}
