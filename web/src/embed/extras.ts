// Code that the first prediction does not need; fetched after it, or on demand. On plain http, SHA-256 is needed at once.
export { interactions } from "./interactions.ts";
export { explainAnswer } from "../runtime/explain.ts";
export { fetchJudge } from "../runtime/judge.ts";
export { sha256 } from "../runtime/sha256.ts";
