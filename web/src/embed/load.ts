// The published module load.js: load() alone, as small as it gets. Importing it does nothing. What only drawings and
// explanations need it fetches from beside itself, while it fetches the weights; SHA-256 only on plain http.
import { load as loadModel } from "../runtime/load.ts";
import { pageAddress } from "./address.ts";
import type { Load } from "./types.ts";

export { ModelError } from "../runtime/errors.ts";
export type * from "./types.ts";

export const load: Load = (address, options = {}) =>
  loadModel(address, options, {
    base: pageAddress(),
    extras: () => import("./extras.ts"),
    sha256: () => import("../runtime/sha256.ts"),
  });
