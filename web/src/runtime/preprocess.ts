// The preprocessing that a manifest names, with every step that there is: see steps.ts.
import type { DrawingStep, ImageSize, ImageStep } from "./manifest.ts";
import { ALL_STEPS } from "./steps-pictures.ts";
import * as by from "./steps.ts";
import type { Pixels } from "./types.ts";

export const prepareDrawing = (pixels: Pixels, steps: readonly DrawingStep[]): Float32Array | null =>
  by.prepareDrawing(pixels, steps, ALL_STEPS);

export const prepareImage = (picture: Float32Array, size: ImageSize, steps: readonly ImageStep[]): Float32Array =>
  by.prepareImage(picture, size, steps, ALL_STEPS);
