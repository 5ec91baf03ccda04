import { drawingsBy } from "./preprocess/model-input.ts";
import { fail } from "./errors.ts";
import { explainAnswer } from "./explain.ts";
import { sha256 } from "./sha256.ts";
import { ALL_STEPS } from "./preprocess/all-steps.ts";
import type { Host, Pixels } from "./types.ts";

/** A host without a DOM, such as Node, and without lazily loaded parts: `predict` takes pixels and numbers. */
export const headlessHost: Host<never> = {
  whole: true,
  drawings: () => Promise.resolve({ drawings: drawingsBy(ALL_STEPS, toPixels) }),
  extras: () => Promise.resolve({ explainAnswer, sha256 }),
  tensors: () => import("./tensors/tensors.ts"),
  vouched: async () => ({ findVouched: (await import("./trust/vouched.ts")).vouchedBy(() => undefined) }),
};

const toPixels = async (source: unknown): Promise<Pixels> =>
  isPixels(source) ? Promise.resolve(source) : fail("input", "A drawing must be RGBA pixels", typeof source);

function isPixels(source: unknown): source is Pixels {
  return typeof source === "object" && source !== null && "data" in source && "width" in source && "height" in source;
}
