// Scores that the visitor has moved, and what follows: how softmax would share out, were they so.
import type { Ways } from "../subject.ts";

/** By how much the score of each class was moved. */
export type WhatIf = Float64Array;

export const unmoved = (count: number): WhatIf => new Float64Array(count);

export const moved = (whatIf: WhatIf, index: number, by: number): WhatIf =>
  whatIf.map((move, place) => (place === index ? by : move));

/** Every score moved by as much again. */
export const lifted = (whatIf: WhatIf, by: number): WhatIf => whatIf.map((move) => move + by);

export interface Outcome {
  /** Each class's score: that of its best way of writing; a move moves all of them. */
  readonly scores: Float64Array;
  readonly largest: number;
  /** e^(score − the largest score) of each class, added up over its ways of writing, and their total. */
  readonly powers: Float64Array;
  readonly total: number;
  /** The powers divided by the total. */
  readonly shares: Float64Array;
  /** Index of the largest share. */
  readonly answer: number;
}

/** Where nothing was moved these are the model's own numbers, up to the rounding of its probabilities to float32. */
export function outcomeOf({ ways }: { readonly ways: readonly Ways[] }, moves: WhatIf): Outcome {
  const scores = Float64Array.from(ways, ({ score }, index) => score + moves[index]!);
  const largest = Math.max(...scores);
  const powers = scores.map((score, index) => ways[index]!.crowd * Math.exp(score - largest));
  const total = powers.reduce((a, b) => a + b);
  const shares = powers.map((power) => power / total);
  return { scores, largest, powers, total, shares, answer: powers.indexOf(Math.max(...powers)) };
}

export type Change =
  | { readonly kind: "none" }
  /** All scores by the same amount. */
  | { readonly kind: "all"; readonly by: number }
  | { readonly kind: "one"; readonly index: number; readonly by: number }
  | { readonly kind: "several"; readonly count: number };

/** Moves below it are the rounding errors of moving there and back. */
const NOTHING = 1e-9;

export function changeOf(moves: WhatIf): Change {
  const [first = 0] = moves;
  const isMoved = (move: number) => Math.abs(move) > NOTHING;
  const indices = Array.from(moves.keys()).filter((index) => isMoved(moves[index]!));
  if (indices.length === 0) return { kind: "none" };
  if (moves.every((move) => !isMoved(move - first))) return { kind: "all", by: first };
  const [index = 0] = indices;
  return indices.length === 1 ? { kind: "one", index, by: moves[index]! } : { kind: "several", count: indices.length };
}
