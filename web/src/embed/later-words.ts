import type { Style } from "./answers.ts";
import { LATER, type Texts } from "./texts.ts";
import type { Model } from "./types.ts";

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
