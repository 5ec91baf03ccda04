import type { Style } from "./answers.ts";
import type { Texts } from "./texts.ts";
import type { Model } from "./types.ts";

/** The English words that the first prediction does not need. */
export const LATER = {
  tap: "Tap first",
  answer: "{label}, {percent}",
  alone: "{label}, nothing else comes close",
  then: "{label}, then {next}",
  often: "Such drawings by a program: {right} in {of} right",
  recognized: "{right} in {of} images like this are recognised",
  unlike: "This does not look like anything I know",
  expired: "This may be out of date: it was to be renewed by {date}.",
  unreadable: "That image could not be read.",
  blank: "The pad is empty.",
  for: "For {label}",
  against: "Against {label}",
} as const satisfies Partial<Texts>;

export interface WholeStyle extends Style {
  readonly texts: Texts;
}

/** A style, and what it is for. */
export interface ModelStyle extends Style {
  readonly model: Pick<Model, "manifest"> | null;
}

/** As hintFor: what is drawn, where the model knows it. */
function unlikeFor(model: ModelStyle["model"]): Partial<Texts> {
  const noun = model?.manifest.noun;
  return noun && noun !== "drawing" ? { unlike: `This does not look like any ${noun} I know` } : {};
}

/** With all its words. */
export const whole = ({ texts, labels, percent, model }: ModelStyle): WholeStyle => ({
  texts: { ...LATER, ...unlikeFor(model), ...texts },
  labels,
  percent,
});
