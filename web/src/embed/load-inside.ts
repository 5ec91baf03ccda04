// load() in one piece, for embed.js.
import { load as loadModel } from "../runtime/load.ts";
import { sha256 } from "../runtime/sha256.ts";
import { pageAddress } from "./address.ts";
import { explain, fromInk, toInk, toPixels } from "./extras.ts";
import type { Load } from "./types.ts";

export const load: Load = (address, options = {}) =>
  loadModel(address, options, {
    base: pageAddress(),
    extras: () => Promise.resolve({ toPixels, toInk, fromInk, explain }),
    sha256: () => Promise.resolve({ sha256 }),
  });
