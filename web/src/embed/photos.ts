// Replaces ink.ts for models with other than ink steps, mostly models of photos.
import { drawingsBy } from "../runtime/preprocess/model-input.ts";
import { ALL_STEPS } from "../runtime/preprocess/all-steps.ts";
import { toPixels } from "./pixels.ts";

export const drawings = drawingsBy(ALL_STEPS, toPixels);
