import { fromInk, toInk } from "./drawing.ts";
import { fail } from "./errors.ts";
import { explainAnswer, predictAll } from "./extras.ts";
import { checkSteps } from "./manifest-steps.ts";
import { sha256 } from "./sha256.ts";
import type { Host, Pixels } from "./types.ts";

/** Surroundings without pictures of their own, in one piece: `predict` takes pixels and numbers. */
export const bare: Host<never> = {
  whole: true,
  extras: () =>
    Promise.resolve({
      toPixels: async (source: unknown) =>
        isPixels(source) ? Promise.resolve(source) : fail("input", "A drawing must be RGBA pixels", typeof source),
      checkSteps,
      toInk,
      fromInk,
      predictAll,
      explainAnswer,
    }),
  sha256: () => Promise.resolve({ sha256 }),
};

function isPixels(source: unknown): source is Pixels {
  return typeof source === "object" && source !== null && "data" in source && "width" in source && "height" in source;
}
