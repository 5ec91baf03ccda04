// The data that the parts of the panel show: an input, the calculation behind its answers, and two classes to compare.
import type { PageState } from "../state.ts";
import { runnerUp, waysOf, type Subject, type Ways } from "../subject.ts";
import { explain, type Explanation } from "./explain.ts";
import { outcomeOf, unmoved } from "./whatif.ts";

type Source = "drawing" | "image" | "empty";

export interface View extends Subject {
  /** An empty page is an input like any other: the biases alone answer it. */
  readonly source: Source;
  readonly input: Float32Array;
  readonly explanation: Explanation;
  /** Ways of writing each class. */
  readonly ways: readonly Ways[];
  readonly shares: Float32Array | Float64Array;
  readonly answer: number;
  /** True if any bias differs from 0. */
  readonly hasBias: boolean;
  /** Index of the class to explain. */
  readonly shown: number;
  /** Index of the class to compare the answer with: the one to explain, or the second best. Null if there is no other. */
  readonly rival: number | null;
}

/** One part of the panel. */
export type Part = (view: View) => void;

/** Each class's score: that of its best way of writing. */
export const scoresOf = ({ ways }: View): readonly number[] => ways.map(({ score }) => score);

const explained = new WeakMap<Float32Array, Explanation>();
const blanks = new WeakMap<Subject, Float32Array>();

function blankOf(subject: Subject): Float32Array {
  const blank = blanks.get(subject) ?? new Float32Array(subject.linear.inputs);
  blanks.set(subject, blank);
  return blank;
}

export function viewOf(subject: Subject, { prediction, placed, pointed, picked }: PageState): View {
  const input = prediction?.input ?? blankOf(subject);
  const explanation = explained.get(input) ?? explain(input, subject.linear);
  explained.set(input, explanation);
  const scores = explanation.sums.map(({ score }) => score);
  const ways = waysOf(scores, subject.styles);
  const outcome = outcomeOf({ ways }, unmoved(ways.length));
  const shares = prediction?.probabilities ?? outcome.shares;
  const answer = prediction?.labelIndex ?? outcome.answer;
  const source = !prediction ? "empty" : placed ? "image" : "drawing";
  const shown = pointed ?? picked ?? answer;
  const rival = shown === answer ? runnerUp(shares, answer) : shown;
  const hasBias = subject.linear.bias.some(Boolean);
  return { ...subject, source, input, explanation, ways, shares, answer, hasBias, shown, rival };
}
