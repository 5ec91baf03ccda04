// In place of ink.ts, for models whose steps are not all of ink: photos mostly.
import { drawingsBy } from "../runtime/preprocess/model-input.ts";
import { ALL_STEPS } from "../runtime/preprocess/all-steps.ts";
import { toPixels } from "./pixels.ts";

export const drawings = drawingsBy(ALL_STEPS, toPixels);
