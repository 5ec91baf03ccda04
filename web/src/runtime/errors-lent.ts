// Takes the place of errors.ts in the parts that prepare drawings (scripts/build.mjs). Whoever
// fetches one has errors.ts already, and lends it: 170 bytes less for each visitor.
import type { Fail } from "./errors.ts";

export let fail: Fail;

export function borrow(lent: Fail): void {
  fail = lent;
}
