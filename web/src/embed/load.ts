// The published module load.js: just load(), as small as possible. Importing it has no effect. Code
// that only drawings need is fetched from the same site at the same time as the weights, and rarely
// needed code on demand.
import { load as loadModel } from "../runtime/load.ts";
import type { Fetch, Load } from "./types.ts";

export { ModelError } from "../runtime/errors.ts";
export type * from "./types.ts";

/** The first two are missing in Node.js, the last one elsewhere. */
const globals = globalThis as {
  document?: Document;
  location?: Location;
  process?: Partial<NodeJS.Process>;
};

/** Node's own fetch() reads no files. */
const fetchInNode: Fetch = async (url, init) =>
  url.startsWith("file:")
    ? new Response(
        await globals.process!.getBuiltinModule!("node:fs").promises.readFile(new URL(url)),
      )
    : fetch(url, init);

/**
 * Names of steps that ink.ts does not include, or their beginning. (`bgr` only ever follows `rgb`.)
 */
const NOT_OF_INK = /grey|rgb|cover|contain|stretch|norm/;

export const load = ((address, options = {}) =>
  loadModel(
    address,
    globals.process?.getBuiltinModule ? { fetch: fetchInNode, ...options } : options,
    {
      base: globals.document?.baseURI ?? globals.location?.href,
      drawings: ({ preprocess }) =>
        NOT_OF_INK.test(JSON.stringify(preprocess)) ? import("./photos.ts") : import("./ink.ts"),
      extras: () => import("./extras.ts"),
      tensors: () => import("./tensors.ts"),
      vouched: () => import("./vouched.ts"),
    },
  )) as Load;
