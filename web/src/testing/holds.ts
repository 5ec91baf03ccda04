import fc from "fast-check";

/** A property: a check that holds for whatever the arbitraries before it draw. */
export function holds<Given extends [unknown, ...unknown[]]>(
  ...property: [...{ [K in keyof Given]: fc.Arbitrary<Given[K]> }, (...given: Given) => void]
): void {
  fc.assert(fc.property(...property));
}
