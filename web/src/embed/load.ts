// The published module load.js: load() alone, as small as it gets. Importing it does nothing. What only drawings need it
// fetches from beside itself, while it fetches the weights; and what few need, when they do.
import { load as loadModel } from "../runtime/load.ts";
import { pageAddress } from "./address.ts";
import type { Load } from "./types.ts";

export { ModelError } from "../runtime/errors.ts";
export type * from "./types.ts";

/** Steps that ink.ts does not know; `bgr` comes only after `rgb`. */
const NOT_OF_INK = /grey|rgb|cover|contain|stretch|normalize/;

export const load: Load = (address, options = {}) =>
  loadModel(address, options, {
    base: pageAddress(),
    drawings: ({ preprocess }) =>
      NOT_OF_INK.test(JSON.stringify(preprocess)) ? import("./photos.ts") : import("./ink.ts"),
    extras: () => import("./extras.ts"),
  });
