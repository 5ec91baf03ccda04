import { drawingsBy } from "./preprocess/model-input.ts";
import { fail } from "./errors.ts";
import { ALL_STEPS } from "./preprocess/all-steps.ts";
import type { Host, Pixels } from "./types.ts";

/** A host without a DOM, such as Node: `predict` takes pixels and numbers. */
export const headlessHost: Host<never> = {
  whole: true,
  drawings: () => Promise.resolve({ drawings: drawingsBy(ALL_STEPS, toPixels) }),
  extras: () =>
    Promise.resolve({
      explainAnswer: async (...of) => (await import("./explain.ts")).explainAnswer(...of),
      sha256: async (bytes) => (await import("./sha256.ts")).sha256(bytes),
    }),
  tensors: () => import("./tensors/tensors.ts"),
  vouched: async () => ({
    findVouched: (await import("./trust/vouched.ts")).vouchedBy(() => undefined),
  }),
};

const toPixels = async (source: unknown): Promise<Pixels> =>
  isPixels(source)
    ? Promise.resolve(source)
    : fail("input", "A drawing must be RGBA pixels", typeof source);

function isPixels(source: unknown): source is Pixels {
  return (
    typeof source === "object" &&
    source !== null &&
    "data" in source &&
    "width" in source &&
    "height" in source
  );
}
