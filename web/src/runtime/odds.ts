// Confidence in words: as many of so many answers like this are right.

/**
 * The least confidence for which each is said, falling: no finer than confidence is measured (to 2
 * points).
 */
const NEAR_CERTAINTY = [
  [0.985, 99, 100],
  [0.925, 19, 20],
] as const;

/** @param confidence In 0..1. Certainty is never claimed. */
export function oddsOf(confidence: number): { readonly right: number; readonly of: number } {
  for (const [least, right, of] of NEAR_CERTAINTY) if (confidence >= least) return { right, of };
  return { right: Math.max(1, Math.round(10 * confidence)), of: 10 };
}
