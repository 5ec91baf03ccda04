import type { Style } from "./answers.ts";
import type { Texts } from "./texts.ts";

/** The English words that the first prediction does not need. */
export const LATER = {
  tap: "Tap first",
  answer: "{label}, {percent}",
  alone: "{label}, nothing else comes close",
  then: "{label}, then {next}",
  for: "For {label}",
  against: "Against {label}",
} as const satisfies Partial<Texts>;

export interface WholeStyle extends Style {
  readonly texts: Texts;
}

/** With all its words. */
export const whole = ({ texts, labels, percent }: Style): WholeStyle => ({
  texts: { ...LATER, ...texts },
  labels,
  percent,
});
