// The data that the parts of the panel show: an input, the calculation behind its answers, and two classes to compare.
import { exactSoftmax } from "../../runtime/dense/activations.ts";
import type { PageState } from "../state.ts";
import { runnerUp, type Subject } from "../subject.ts";
import { answerOf } from "../training/sgd.ts";
import { explain, type Explanation } from "./explain.ts";

type Source = "drawing" | "image" | "empty";

/** What is calculated with. An empty page is an input like any other: the biases alone answer it. */
interface Given {
  readonly source: Source;
  readonly input: Float32Array;
  /** The scores, as softmax receives them. */
  readonly logits: Float32Array;
  readonly shares: Float32Array;
  readonly answer: number;
}

export interface View extends Subject, Given {
  /** An empty page can be explained while there is something else. */
  readonly onPad: Source;
  readonly explanation: Explanation;
  /** Whether any bias is other than 0. */
  readonly hasBias: boolean;
  /** Index of the class to explain. */
  readonly shown: number;
  /** Index of the class to compare the answer with: the one to explain, or the second best. Null if there is no other. */
  readonly rival: number | null;
}

/** One part of the panel. */
export type Part = (view: View) => void;

const emptyPages = new WeakMap<Subject, Given>();
const explained = new WeakMap<Float32Array, Explanation>();

function emptyPageOf({ linear: { inputs, bias } }: Subject): Given {
  const shares = Float32Array.from(exactSoftmax(bias));
  return { source: "empty", input: new Float32Array(inputs), logits: bias, shares, answer: answerOf(bias) };
}

function givenBy({ prediction, placed }: PageState): Given | null {
  if (!prediction?.logits) return null;
  const { input, logits, probabilities: shares, labelIndex: answer } = prediction;
  return { source: placed ? "image" : "drawing", input, logits, shares, answer };
}

/** @param isEmpty An empty page was asked for, whatever is on the pad. */
export function viewOf(subject: Subject, state: PageState, isEmpty: boolean): View {
  const empty = emptyPages.get(subject) ?? emptyPageOf(subject);
  emptyPages.set(subject, empty);
  const onPad = givenBy(state) ?? empty;
  const given = isEmpty ? empty : onPad;
  const { input, shares, answer } = given;
  const explanation = explained.get(input) ?? explain(input, subject.linear);
  explained.set(input, explanation);
  const shown = state.pointed ?? state.picked ?? answer;
  const rival = shown === answer ? runnerUp(shares, answer) : shown;
  const hasBias = subject.linear.bias.some(Boolean);
  return { ...subject, ...given, onPad: onPad.source, explanation, hasBias, shown, rival };
}
