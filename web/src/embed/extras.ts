// Code that the first prediction does not need; fetched after it, or on demand.
import type { Extras } from "../runtime/types.ts";
import { fetchRare } from "./fetch-rare.ts";

export { interactions } from "./interactions.ts";
export { fetchJudge } from "../runtime/judge.ts";

export const explainAnswer: Extras["explainAnswer"] = async (...given) =>
  (await fetchRare()).explainAnswer(...given);
/** Needed at once on plain http. */
export const sha256: Extras["sha256"] = async (bytes) => (await fetchRare()).sha256(bytes);
