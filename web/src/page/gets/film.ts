// A manifest's steps one by one, any of which can be switched off. No DOM.
//
// A step that also sets the size, and is off, only does that: the whole picture is scaled, and nothing of it is cut off
// or moved. So every other step still gets a picture of the size that it was written for.
import { fail } from "../../runtime/errors.ts";
import { entry } from "../../runtime/json.ts";
import type { Manifest } from "../../runtime/manifest.ts";
import type { DrawingStep, ImageSize, ImageStep } from "../../runtime/schema.ts";
import { ALL_STEPS } from "../../runtime/preprocess/all-steps.ts";
import { contain, stretch, type Picture } from "../../runtime/preprocess/photos.ts";
import type { Pixels } from "../../runtime/types.ts";

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

/** A step's effect on the picture: "plain" only scales it, "mute" changes nothing that can be seen. */
const KINDS: Readonly<Record<AnyStep["step"], "start" | "size" | "plain" | "look" | "numbers" | "mute">> = {
  ...{ ink: "start", grey: "start", rgb: "start" },
  ...{ fit: "size", center: "size", cover: "size", contain: "size", stretch: "plain" },
  ...{ stroke: "look", deskew: "look", align: "look" },
  ...{ invert: "numbers", bgr: "numbers", scale: "numbers", normalize: "numbers" },
  ...{ flatten: "mute", channel: "mute" },
};
const kindOf = (step: AnyStep) => (step.step === "scale" && step.factor === 1 ? "mute" : KINDS[step.step]);

/** Null where the manifest does not say how to prepare a picture. */
export const recipeOf = ({ preprocess, input: { image } }: Manifest): Recipe | null =>
  preprocess && image
    ? { steps: [...preprocess.drawing, ...preprocess.image], drawn: preprocess.drawing.length, size: image }
    : null;

/** True if the step changes anything that can be seen, or the meaning of the numbers. */
export const isShown = (step: AnyStep): boolean => kindOf(step) !== "mute";

/** True if it can be switched off: not the first, which makes the picture, nor plain scaling. */
export const isOptional = (step: AnyStep): boolean => /size|look|numbers/.test(kindOf(step));

/**
 * True if the film may start from the whole pad instead of the part with ink: the second step crops it anyway. So one
 * can see what that step is worth.
 */
export const startsFromPad = ({ steps, drawn }: Recipe): boolean =>
  drawn > 1 && steps[0]?.step === "ink" && steps[1]?.step === "fit";

/**
 * Apply the steps one after the other.
 *
 * @param source A drawing, or a picture of the data set, to which the steps for drawings do not apply.
 * @param kept The first takes, if they are known already; they are not repeated.
 * @returns A take for each step, or fewer: it ends where nothing is left on the picture.
 */
export function* shoot(recipe: Recipe, source: Source, off: Off, kept: readonly Take[] = []): Generator<Take, void> {
  const { steps, drawn } = recipe;
  let picture = kept.at(-1)?.picture ?? ("channels" in source ? source : null);
  const first = kept.length + ("channels" in source ? drawn : 0);
  for (let index = first; index < steps.length; index++) {
    picture = picture ? apply(recipe, index, picture, off) : start(steps[0]!, source as Pixels);
    if (!picture || isBlank(recipe, index, picture, off)) return;
    picture = { ...picture, data: picture.data.slice() }; // the next step may write over it
    yield { index, picture };
  }
}

/** The model's input; null where the takes do not reach the end. */
export function inputOf({ steps }: Recipe, takes: readonly Take[]): Float32Array | null {
  const last = takes.at(-1);
  return last?.index === steps.length - 1 ? Float32Array.from(last.picture.data) : null;
}

const start = (step: AnyStep, pixels: Pixels): Picture | null =>
  (find(ALL_STEPS.starts, step) as Start).run(pixels, step);

function apply(recipe: Recipe, index: number, picture: Picture, off: Off): Picture {
  const step = recipe.steps[index]!;
  if (off.has(index)) return kindOf(step) === "size" ? scaled(recipe, index, picture, off) : picture;
  if (index < recipe.drawn) {
    return (find({ ...ALL_STEPS.ofInk, ...ALL_STEPS.ofAny }, step) as Drawing).run(picture, step);
  }
  const data = (find(ALL_STEPS.image, step) as Image).run(picture.data, recipe.size, step) ?? refuse(step);
  return { ...picture, data };
}

/** The runtime's own steps, which the manifest's were checked against when the model was loaded. */
const find = (table: object, step: AnyStep): unknown =>
  entry(table as Readonly<Record<string, unknown>>, step.step) ?? refuse(step);

interface Start {
  run(pixels: Pixels, step: AnyStep): Picture | null;
}
interface Drawing {
  run(picture: Picture, step: AnyStep): Picture;
}
interface Image {
  run(data: Float64Array, size: ImageSize, step: AnyStep): Float64Array | null;
}

const refuse = (step: AnyStep): never => fail("unsupported", "A step must fit the picture before it", step);

/** Scales the picture in place of a step that sets the size and is off. */
function scaled(recipe: Recipe, index: number, picture: Picture, off: Off): Picture {
  const step = recipe.steps[index]!;
  if (step.step === "fit") {
    const longer = Math.max(picture.height, picture.width);
    const side = (before: number) => Math.max(1, Math.floor((step.box * before) / longer + 0.5));
    return stretch(picture, { step: "stretch", height: side(picture.height), width: side(picture.width) });
  }
  return "height" in step ? whole(recipe, index, picture, step, off) : picture;
}

/** All of a picture, scaled: ink keeps its proportions, with blank paper beside it, and a photo is stretched. */
function whole(
  recipe: Recipe,
  index: number,
  picture: Picture,
  { height, width }: { readonly height: number; readonly width: number },
  off: Off,
): Picture {
  if (recipe.steps[0]?.step !== "ink") return stretch(picture, { step: "stretch", height, width });
  const background = isInverted(recipe, index, off) ? 1 : 0;
  return contain(picture, { step: "contain", height, width, background });
}

/** True if the ink of a drawing is dark on bright where a step begins. */
const isInverted = ({ steps, drawn }: Recipe, index: number, off: Off): boolean =>
  steps.slice(0, Math.min(index, drawn)).filter(({ step }, place) => step === "invert" && !off.has(place)).length % 2 >
  0;

/** True if a step has left no ink of a drawing. */
const isBlank = (recipe: Recipe, index: number, { data }: Picture, off: Off): boolean =>
  index < recipe.drawn &&
  recipe.steps[0]!.step === "ink" &&
  !isInverted(recipe, index + 1, off) &&
  !data.some((strength) => strength > 0);
