// All steps: those for drawings, and those that only models of photos need.
import type { DrawingStep, ImageSize, ImageStep } from "../schema.ts";
import { bgr, contain, cover, grey, normalize, rgb, stretch } from "./photos.ts";
import { each, type Check } from "../shape.ts";
import { INK_STEPS } from "./ink-steps.ts";
import * as by from "./steps.ts";
import { real, side, within, type Steps } from "./steps.ts";
import type { Pixels } from "../types.ts";

const background = within("in 0..1", (value) => value >= 0 && value <= 1);
const size = { height: side, width: side };
/** One number, or a list with one for each channel. */
const perChannel =
  (check: Check): Check =>
  (value, where) => {
    if (Array.isArray(value)) each(check)(value, where);
    else check(value, where);
  };

export const ALL_STEPS: Steps = {
  starts: {
    ...INK_STEPS.starts,
    grey: { checks: { background }, run: grey },
    rgb: { checks: { background }, run: rgb },
  },
  ofInk: INK_STEPS.ofInk,
  ofAny: {
    ...INK_STEPS.ofAny,
    cover: { checks: size, run: cover },
    contain: { checks: { ...size, background }, run: contain },
    stretch: { checks: size, run: stretch },
  },
  image: {
    ...INK_STEPS.image,
    normalize: {
      checks: {
        mean: perChannel(real),
        deviation: perChannel(within("above 0", (value) => value > 0)),
      },
      run: normalize,
    },
    bgr: { checks: {}, run: bgr },
  },
};

export const prepareDrawing = (
  pixels: Pixels,
  steps: readonly DrawingStep[],
): Float32Array | null => by.prepareDrawing(pixels, steps, ALL_STEPS);

export const prepareImage = (
  picture: Float32Array,
  size: ImageSize,
  steps: readonly ImageStep[],
): Float32Array => by.prepareImage(picture, size, steps, ALL_STEPS);
