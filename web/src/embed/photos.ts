// Replaces ink.ts for models with other than ink steps, mostly models of photos.
import { drawingsBy } from "../runtime/drawing.ts";
import { ALL_STEPS } from "../runtime/steps-pictures.ts";
import { toPixels } from "./pixels.ts";

export const drawings = drawingsBy(ALL_STEPS, toPixels);
