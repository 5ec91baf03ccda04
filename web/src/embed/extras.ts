// Code that the first prediction does not need; fetched on demand. On plain http, SHA-256 is needed at once.
export { interactions } from "./interactions.ts";
export { explainAnswer, predictAll } from "../runtime/extras.ts";
export { sha256 } from "../runtime/sha256.ts";
