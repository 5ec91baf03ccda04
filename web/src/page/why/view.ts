// The data that the parts of the panel show: a drawing, the calculation behind its answers, and two classes to compare.
import type { Prediction } from "../../runtime/types.ts";
import { shownClass, type PageState } from "../state.ts";
import type { Subject } from "../subject.ts";
import { explain, runnerUp, type Explanation } from "./explain.ts";

export interface View extends Subject {
  /** Whether it is an image of the data set, not the visitor's own drawing. */
  readonly isTestImage: boolean;
  readonly prediction: Prediction;
  readonly explanation: Explanation;
  readonly logits: Float32Array;
  readonly answer: number;
  /** Index of the class to explain. */
  readonly shown: number;
  /** Index of the class to compare the answer with: the one to explain, or the second best. Null if there is no other. */
  readonly rival: number | null;
}

/** One part of the panel; `view` is null while nothing is drawn. */
export type Part = (subject: Subject, view: View | null, shown: number | null) => void;

const explained = new WeakMap<Prediction, Explanation>();

export function viewOf(subject: Subject, state: PageState): View | null {
  const { prediction, placed } = state;
  const shown = shownClass(state);
  const logits = prediction?.logits;
  if (!prediction || !logits || shown === null) return null;
  const explanation = explained.get(prediction) ?? explain(prediction.input, subject.linear, logits);
  explained.set(prediction, explanation);
  const answer = prediction.labelIndex;
  const rival = shown === answer ? runnerUp(prediction.probabilities, answer) : shown;
  return { ...subject, isTestImage: placed !== null, prediction, explanation, logits, answer, shown, rival };
}
