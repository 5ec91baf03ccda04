import type { Style } from "./answers.ts";
import type { Prediction } from "./types.ts";
import { fillIn } from "./words.ts";

/** What screen readers say when drawing pauses. */
export const announcement = ({ labelIndex, probabilities }: Prediction, { texts, labels, percent }: Style): string =>
  fillIn(texts.answer, { label: labels[labelIndex]!, percent: percent(probabilities[labelIndex]!) });
