// Preprocessing for models of drawings, in one module that is fetched at the same time as the
// weights.
import { drawingsBy } from "../runtime/preprocess/model-input.ts";
import { INK_STEPS } from "../runtime/preprocess/ink-steps.ts";
import { toPixels } from "./pixels.ts";

export const drawings = drawingsBy(INK_STEPS, toPixels);
