// The published module embed.js: load(), and <sketch-classifier>, which it registers in pages.
import { define } from "./define.ts";

export { ModelError } from "../runtime/errors.ts";
export { define };
export { SketchClassifierElement } from "./element.ts";
export type { SketchClassifierEventMap, SketchClassifierOwnEvents } from "./events.ts";
export { load } from "./load.ts";
export type * from "./types.ts";
export type { Texts } from "./words.ts";

define();
