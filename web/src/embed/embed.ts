// The published module embed.js.
export { load } from "./load-inside.ts";
export { ModelError } from "../runtime/errors.ts";
export type * from "./types.ts";
