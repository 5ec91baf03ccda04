// The published module load.js: just load(), as small as possible. Importing it has no effect. Code that only drawings need is
// fetched from the same site at the same time as the weights, and rarely needed code on demand.
import { load as loadModel } from "../runtime/load.ts";
import type { Load } from "./types.ts";

export { ModelError } from "../runtime/errors.ts";
export type * from "./types.ts";

/** Both are missing in Node.js. */
const globals = globalThis as { document?: Document; location?: Location };

/** Names of steps that ink.ts does not include, or their beginning. (`bgr` only ever follows `rgb`.) */
const NOT_OF_INK = /grey|rgb|cover|contain|stretch|norm/;

export const load = ((address, options = {}) =>
  loadModel(address, options, {
    base: globals.document?.baseURI ?? globals.location?.href,
    drawings: ({ preprocess }) =>
      NOT_OF_INK.test(JSON.stringify(preprocess)) ? import("./photos.ts") : import("./ink.ts"),
    extras: () => import("./extras.ts"),
    tensors: () => import("./tensors.ts"),
    vouched: () => import("./vouched.ts"),
  })) as Load;
