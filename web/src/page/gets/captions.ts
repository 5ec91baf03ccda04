// Names and describes each step of the preparation. No DOM.
import { fixed, whole } from "../format.ts";
import { say } from "../language.ts";
import { leanOf, type AnyStep, type Recipe, type Take } from "./film.ts";

export interface Caption {
  readonly title: string;
  readonly does: string;
}

/** Less cannot be seen in a picture of a few dozen pixels. */
const SLIGHT = 2; // degrees

const number = (value: number) => fixed(value, Math.min(3, (/\.(\d+)/.exec(String(value))?.[1] ?? "").length));
const size = (height: number, width: number) => say.gets.size(whole(width), whole(height));

export function captionOf({ steps }: Recipe, index: number): Caption {
  const words = say.gets.steps;
  const step = steps[index]!;
  switch (step.step) {
    case "ink":
    case "grey":
    case "rgb":
    case "invert":
    case "bgr":
    case "deskew":
    case "stroke":
    case "align":
      return words[step.step];
    case "fit": {
      const { again, title, does } = words.fit;
      const isFirst = !steps.slice(0, index).some((earlier) => earlier.step === "fit");
      return { title: isFirst ? title : again, does: does(whole(step.box)) };
    }
    case "center":
    case "cover":
    case "contain":
    case "stretch": {
      const { title, does } = words[step.step];
      return { title, does: does(size(step.height, step.width)) };
    }
    case "scale":
      return { title: words.scale.title, does: words.scale.does(number(step.factor)) };
    case "normalize": {
      const list = (values: number | readonly number[]) => [values].flat().map(number).join("; ");
      return { title: words.normalize.title, does: words.normalize.does(list(step.mean), list(step.deviation)) };
    }
    case "flatten":
    case "channel":
      return { title: "", does: "" }; // not shown
  }
}

/** Says how far the ink leaned before an upright step, given the take before it; "" for other steps. */
export function leanWords(step: AnyStep, before: Take | null): string {
  if (!before || (step.step !== "deskew" && step.step !== "align")) return "";
  const lean = leanOf(before.picture);
  if (Math.abs(lean) < SLIGHT) return say.gets.upright;
  return (lean > 0 ? say.gets.leansRight : say.gets.leansLeft)(fixed(Math.abs(lean), 0));
}

/** The longest words that a step can have. */
export function longestWords(recipe: Recipe, index: number): string {
  const { does } = captionOf(recipe, index);
  const step = recipe.steps[index]!.step;
  if (step !== "deskew" && step !== "align") return does;
  const { leansLeft, leansRight, upright } = say.gets;
  const found = [leansLeft("88"), leansRight("88"), upright];
  return `${does} ${found.reduce((long, other) => (other.length > long.length ? other : long))}`;
}
