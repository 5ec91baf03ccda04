// The preprocessing that a manifest specifies: checking and applying its steps. Twin of
// pipeline/preprocessing/apply.py and steps.py. Both compute in double precision and return
// float32; they share the golden fixtures in tests/fixtures/preprocess.json and agree to 1e-6.
// Where a value decides (a threshold, a rounding), the operations and their order are the same in
// both. Coordinates are pixel indices.
//
// A step is a function in drawings.ts or photos.ts and an entry in ink-steps.ts or all-steps.ts.
import { fail } from "../errors.ts";
import { entry } from "../json.ts";
import type { Manifest } from "../manifest.ts";
import type { DrawingStep, ImageSize, ImageStep } from "../schema.ts";
import { scratch, type Picture } from "./photos.ts";
import { each, has, is, object, type Check, type Checks } from "../shape.ts";
import type { Pixels } from "../types.ts";

/**
 * In pixels. In color and double precision such a square takes 100 MB, which a tab can hold. The
 * golden fixtures hold it.
 */
const LARGEST_SIDE = 2048;

/**
 * The most pixels that all steps may make together. Here the slowest take two seconds for as many;
 * the longest list in use makes 30,000, in eight steps.
 */
const MOST_PIXELS = 2 ** 23;
/** As many are counted for each step besides, so that there are at most 32. */
const STEP = 2 ** 18;

export const within = (rule: string, accepts: (value: number) => boolean): Check =>
  is(rule, (value) => Number.isFinite(value) && accepts(value as number));

export const real = within("a number", () => true);

export const side = within(
  `a whole number from 1 to ${LARGEST_SIDE}`,
  (value) => Number.isInteger(value) && value > 0 && value <= LARGEST_SIDE,
);

interface Step {
  /** Checks of its parameters. */
  readonly checks: Checks;
}
interface Start<S> extends Step {
  /**
   * @param crop True if the next step crops to the ink, so that only the part with ink is needed,
   * and only until the
   *   next call of any step.
   * @returns Null if there is nothing on it.
   */
  run(pixels: Pixels, step: S, crop: boolean): Picture | null;
}
interface Drawing<S> extends Step {
  /** The next call of any step may write over the result. */
  run(picture: Picture, step: S): Picture;
}
interface Image<S> extends Step {
  /** @returns Null if it cannot be applied to such a picture. */
  run(data: Float64Array, size: ImageSize, step: S): Float64Array | null;
}

interface Sizes {
  readonly box: number;
  readonly height: number;
  readonly width: number;
}

/** The steps that a part of this library knows, by name. */
export interface Steps {
  /** The first step of `drawing`: which property of a pixel counts. */
  readonly starts: { readonly [K in "ink" | "grey" | "rgb"]?: Start<DrawingStep & { step: K }> };
  /** Steps of `drawing` that apply to ink only. */
  readonly ofInk: {
    readonly [K in "fit" | "stroke" | "center"]?: Drawing<DrawingStep & { step: K }>;
  };
  readonly ofAny: {
    readonly [K in "cover" | "contain" | "stretch" | "invert"]?: Drawing<DrawingStep & { step: K }>;
  };
  readonly image: { readonly [K in ImageStep["step"]]?: Image<ImageStep & { step: K }> };
}

/**
 * Apply the `drawing` steps to a drawing or a photo.
 *
 * @returns The last step's picture in 0..1, height × width × channels: ink (after `invert`, 1 −
 * ink), grey, or red,
 *   green and blue. Null when there is nothing on it: no ink, or, where the list starts with `grey`
 * or `rgb`, only fully
 *   transparent pixels.
 * @throws ModelError `unsupported`: an unknown step, or one in the wrong place.
 */
export function prepareDrawing(
  pixels: Pixels,
  [first, ...others]: readonly DrawingStep[],
  { starts, ofInk, ofAny }: Steps,
): Float32Array | null {
  let isInk = first?.step === "ink";
  let picture = take<Start<unknown>>(starts, first).run(pixels, first, others[0]?.step === "fit");
  const shows = ({ data }: Picture) => !isInk || data.some((strength) => strength > 0);
  for (const step of others) {
    if (!picture || !shows(picture)) return null;
    picture = take<Drawing<unknown>>(isInk ? { ...ofInk, ...ofAny } : ofAny, step).run(
      picture,
      step,
    );
    isInk &&= step.step !== "invert";
  }
  return picture && shows(picture) ? new Float32Array(picture.data) : null;
}

/**
 * Apply the `image` steps to a picture.
 *
 * @param picture height × width × channels numbers in 0..1: ink as the data set has it, grey, or
 * red, green and blue.
 *   It is not changed.
 * @returns The model's input, flat.
 * @throws ModelError `unsupported`: an unknown step, or one in the wrong place; `input`: `picture`
 * has another size.
 */
export function prepareImage(
  picture: Float32Array,
  size: ImageSize,
  steps: readonly ImageStep[],
  { image }: Steps,
): Float32Array {
  const { height, width, channels } = size;
  if (picture.length !== height * width * channels) {
    fail(
      "input",
      `The picture must be ${height} × ${width} × ${channels}`,
      `${picture.length} numbers`,
    );
  }
  let data = forPicture(picture.length);
  data.set(picture);
  let isPicture = true; // until a step changes the shape, though not the order of the numbers
  for (const step of steps) {
    const known = take<Image<unknown>>(image, step);
    data =
      (isPicture || step.step === "scale" ? known.run(data, size, step) : null) ?? refuse(step);
    isPicture &&= step.step !== "flatten" && step.step !== "channel";
  }
  return new Float32Array(data);
}

const forPicture = scratch();

const take = <S>(
  steps: Readonly<Record<string, S | undefined>>,
  step: DrawingStep | ImageStep | undefined,
): S => entry(steps, step?.step) ?? refuse(step);

/**
 * The next step is not another export, as `fail` says of what is unsupported: a newer embed.js may
 * know this step.
 */
function refuse(step: unknown): never {
  return fail(
    "unsupported",
    "Unknown preprocessing step or parameter, or one in the wrong place",
    step,
    undefined,
    "Use the embed.js published with the model",
  );
}

/**
 * Check a manifest's `preprocess`, and that it turns drawings into pictures of the size that
 * `input` promises.
 *
 * @param where Address of the manifest, for messages.
 * @throws ModelError `manifest`: a malformed step, more work than a tab should do, or another size;
 * `unsupported`: an
 *   unknown step or parameter.
 */
export function checkSteps(
  { preprocess, input: { image } }: Manifest,
  where: string,
  { starts, ofInk, ofAny, image: ofImage }: Steps,
): void {
  const check = has({ drawing: all({ ...starts, ...ofInk, ...ofAny }), image: all(ofImage) });
  check(preprocess, `${where}: preprocess`);
  const { drawing, image: steps } = preprocess!;
  if (!image) return; // the model takes numbers
  let size = [image.height, image.width];
  let longer = LARGEST_SIDE / 2; // of a drawing, at most
  let pixels = (image.height * image.width + STEP) * steps.length;
  for (const { box, height = box, width = box } of drawing as readonly Partial<Sizes>[]) {
    if (height) longer = Math.max(height, width!);
    else if (width) longer /= 1 - width; // a stroke's
    if (height && !box) size = [height, width!];
    pixels += longer * longer + STEP;
  }
  if (pixels > MOST_PIXELS)
    fail("manifest", `In ${where} all steps must make fewer pixels`, pixels);
  const received = [...size, drawing[0]?.step === "rgb" ? 3 : 1];
  const promised = [image.height, image.width, image.channels];
  if (String(received) !== String(promised))
    fail("manifest", `In ${where} drawings must become ${promised.join(" × ")}`, received);
}

/** An unknown step or parameter is refused, because ignoring it would change every answer. */
const all = (steps: Readonly<Record<string, Step | undefined>>): Check =>
  each((value, where) => {
    object(value, where);
    const { step, ...parameters } = value as Record<string, unknown>;
    const { checks } = entry(steps, step) ?? refuse(value);
    has(checks)(value, where);
    for (const name in parameters)
      if (!Object.hasOwn(checks, name)) refuse({ step, [name]: parameters[name] });
  });
