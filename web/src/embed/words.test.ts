import { expect, test } from "vitest";
import type { Model } from "./types.ts";
import { hintFor, percentIn } from "./words.ts";

test("shares have one decimal in every language, and never claim more certainty than there is", () => {
  const shares = [0, 0.0004, 0.5, 0.986, 0.99, 0.9994, 1];
  expect(shares.map(percentIn("en"))).toEqual(["0.0%", "0.0%", "50.0%", "98.6%", "99.0%", ">99.9%", "100.0%"]);
  expect(percentIn("de")(0.99999)).toBe(">99,9\u00a0%");
  expect(percentIn("no language")(0.25)).toMatch(/^25.0\s?%$/);
});

test("the hint on the pad names what is drawn, where the model knows it", () => {
  const hint = (noun: string | null | undefined) => hintFor({ manifest: { noun } } as Model).hint;
  expect([hint("digit"), hint("animal"), hint("drawing"), hint(null), hint(undefined), hintFor(null).hint]).toEqual([
    "Draw a digit",
    "Draw an animal",
    ...[undefined, undefined, undefined, undefined],
  ]);
});
