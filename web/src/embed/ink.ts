// What models of drawings need, in one module that is fetched at the same time as the weights.
import { drawingsBy } from "../runtime/drawing.ts";
import { INK_STEPS } from "../runtime/steps-ink.ts";
import { toPixels } from "./pixels.ts";

export const drawings = drawingsBy(INK_STEPS, toPixels);
