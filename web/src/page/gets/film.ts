// A manifest's steps one by one, any of which can be switched off. No DOM.
//
// A step that also sets the size, and is off, only does that: the whole picture is scaled, and
// nothing of it is cut off or moved. So every other step still gets a picture of the size that it
// was written for.
import { fail } from "../../runtime/errors.ts";
import { entry } from "../../runtime/json.ts";
import type { Manifest } from "../../runtime/manifest.ts";
import type { DrawingStep, ImageSize, ImageStep } from "../../runtime/schema.ts";
import { ALL_STEPS } from "../../runtime/preprocess/all-steps.ts";
import { contain, stretch, type Picture } from "../../runtime/preprocess/photos.ts";
import type { Pixels } from "../../runtime/types.ts";
import { say } from "../language.ts";

export type AnyStep = DrawingStep | ImageStep;

export interface Recipe {
  /** Those for drawings, then those for every picture. */
  readonly steps: readonly AnyStep[];
  /** How many are for drawings only. */
  readonly drawn: number;
  /** Size of the model's pictures. */
  readonly size: ImageSize;
}

/** The picture after a step. */
export interface Take {
  /** Index of the step. */
  readonly index: number;
  readonly picture: Picture;
}

/** A drawing or photo, or a picture of the data set, which is prepared in part. */
export type Source = Pixels | Picture;

/** Indices of the steps that are switched off. */
export type Off = ReadonlySet<number>;

/**
 * A step's effect on the picture: "plain" only scales it, "mute" changes nothing that can be seen.
 */
const KINDS: Readonly<
  Record<AnyStep["step"], "start" | "size" | "plain" | "look" | "numbers" | "mute">
> = {
  ...{ ink: "start", grey: "start", rgb: "start" },
  ...{ fit: "size", center: "size", cover: "size", contain: "size", stretch: "plain" },
  ...{ stroke: "look", deskew: "look", align: "look" },
  ...{ invert: "numbers", bgr: "numbers", scale: "numbers", normalize: "numbers" },
  ...{ flatten: "mute", channel: "mute" },
};
const kindOf = (step: AnyStep) =>
  step.step === "scale" && step.factor === 1 ? "mute" : KINDS[step.step];

/** Null where the manifest does not say how to prepare a picture. */
export const recipeOf = ({ preprocess, input: { image } }: Manifest): Recipe | null =>
  preprocess && image
    ? {
        steps: [...preprocess.drawing, ...preprocess.image],
        drawn: preprocess.drawing.length,
        size: image,
      }
    : null;

/**
 * Drawings become dark on bright, as the data is, and all pictures bright on dark: side by side,
 * these two do nothing.
 */
const kindAt = ({ steps }: Recipe, index: number) =>
  steps[index]!.step === "invert" &&
  [index - 1, index + 1].some((beside) => steps[beside]?.step === "invert")
    ? "mute"
    : kindOf(steps[index]!);

/** True if the step changes anything that can be seen, or the meaning of the numbers. */
export const isShown = (recipe: Recipe, index: number): boolean => kindAt(recipe, index) !== "mute";

/** True if it can be switched off: not the first, which makes the picture, nor plain scaling. */
export const isOptional = (recipe: Recipe, index: number): boolean =>
  /size|look|numbers/.test(kindAt(recipe, index));

/** The name of a step, and in few words what it does. A second fit only sets the size. */
export function captionOf({ steps }: Recipe, index: number) {
  const { step } = steps[index]!;
  const isFirst = steps.findIndex((other) => other.step === step) === index;
  return step === "fit" && !isFirst
    ? say.gets.resized
    : say.gets.steps[step as keyof typeof say.gets.steps];
}

/**
 * True if the film may start from the whole pad instead of the part with ink: the second step crops
 * it anyway. So one can see what that step is worth.
 */
export const startsFromPad = ({ steps, drawn }: Recipe): boolean =>
  drawn > 1 && steps[0]?.step === "ink" && steps[1]?.step === "fit";

/**
 * Apply the steps one after the other.
 *
 * @param source A drawing, or a picture of the data set, to which the steps for drawings do not
 * apply.
 * @returns A take for each step, or fewer: it ends where nothing is left on the picture.
 */
export function* shoot(recipe: Recipe, source: Source, off: Off): Generator<Take, void> {
  const { steps, drawn } = recipe;
  let isInk = steps[0]!.step === "ink";
  let picture = "channels" in source ? source : null;
  for (let index = picture ? drawn : 0; index < steps.length; index++) {
    picture = picture
      ? apply(recipe, index, picture, off)
      : (find(ALL_STEPS.starts, steps[0]!) as Start)(source as Pixels, steps[0]!);
    isInk &&= index < drawn && (steps[index]!.step !== "invert" || off.has(index));
    if (!picture || (isInk && !picture.data.some((strength) => strength > 0))) return;
    picture = { ...picture, data: picture.data.slice() }; // the next step may write over it
    yield { index, picture };
  }
}

/** The model's input; null where the takes do not reach the end. */
export function inputOf({ steps }: Recipe, takes: readonly Take[]): Float32Array | null {
  const last = takes.at(-1);
  return last?.index === steps.length - 1 ? Float32Array.from(last.picture.data) : null;
}

/** The runtime's own steps, which the manifest's were checked against when the model was loaded. */
const find = (table: object, step: AnyStep): unknown =>
  entry(table as Readonly<Record<string, { readonly run: unknown }>>, step.step)?.run ??
  refuse(step);

type Start = (pixels: Pixels, step: AnyStep) => Picture | null;
type Drawing = (picture: Picture, step: AnyStep) => Picture;
type Image = (data: Float64Array, size: ImageSize, step: AnyStep) => Float64Array | null;

const refuse = (step: AnyStep): never =>
  fail("unsupported", "A step must fit the picture before it", step);

function apply({ steps, drawn, size }: Recipe, index: number, picture: Picture, off: Off): Picture {
  const step = steps[index]!;
  if (off.has(index))
    return kindOf(step) === "size" ? scaled(picture, step, steps[0]!.step === "ink") : picture;
  if (index < drawn)
    return (find({ ...ALL_STEPS.ofInk, ...ALL_STEPS.ofAny }, step) as Drawing)(picture, step);
  const data = (find(ALL_STEPS.image, step) as Image)(picture.data, size, step) ?? refuse(step);
  return { ...picture, data };
}

/**
 * Scales all of a picture, in place of a step that sets the size: ink keeps its proportions, and a
 * photo is stretched.
 */
function scaled(picture: Picture, step: AnyStep, isInk: boolean): Picture {
  if (step.step === "fit") {
    const longer = Math.max(picture.height, picture.width);
    const side = (before: number) => Math.max(1, Math.floor((step.box * before) / longer + 0.5));
    return stretch(picture, {
      step: "stretch",
      height: side(picture.height),
      width: side(picture.width),
    });
  }
  if (!("height" in step)) return picture;
  const { height, width } = step;
  return isInk
    ? contain(picture, { step: "contain", height, width, background: 0 })
    : stretch(picture, { step: "stretch", height, width });
}
