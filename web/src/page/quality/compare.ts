// Compares this browser's answers with those of Keras. No DOM.
import { answerOf } from "../training/sgd.ts";

type Numbers = Parameters<typeof answerOf>[0];

export interface Comparison {
  readonly images: number;
  /** Over all probabilities of all images; NaN if any of them is not a number. */
  readonly maxDifference: number;
  /** How many images have the same answer. */
  readonly agreeing: number;
}

/**
 * @param recorded The probabilities of each image according to Keras.
 * @param here The same from this browser, in the same order.
 */
export function compare(recorded: readonly Numbers[], here: readonly Numbers[]): Comparison {
  let maxDifference = 0;
  let agreeing = 0;
  recorded.forEach((expected, image) => {
    const got = here[image] ?? [];
    // Math.max propagates NaN, which a missing number causes too: such an answer never passes.
    for (let index = 0; index < expected.length; index++) {
      maxDifference = Math.max(maxDifference, Math.abs(expected[index]! - (got[index] ?? NaN)));
    }
    if (got.length === expected.length && answerOf(got) === answerOf(expected)) agreeing += 1;
  });
  return { images: recorded.length, maxDifference, agreeing };
}

const BROWSERS: readonly (readonly [name: string, pattern: RegExp])[] = [
  // The order matters: most browsers also claim to be others.
  ["Firefox", /(?:Firefox|FxiOS)\/(\d+)/],
  ["Edge", /Edg(?:A|iOS)?\/(\d+)/],
  ["Opera", /OPR\/(\d+)/],
  ["Samsung Internet", /SamsungBrowser\/(\d+)/],
  ["Chrome", /(?:Chrome|CriOS|Chromium)\/(\d+)/],
  ["Safari", /Version\/(\d+(?:\.\d+)?).* Safari\//],
];

/** A browser's name and major version from its `navigator.userAgent`; null if it is not a well-known one. */
export function browserName(userAgent: string): string | null {
  for (const [name, pattern] of BROWSERS) {
    const version = pattern.exec(userAgent)?.[1];
    if (version !== undefined) return `${name} ${version}`;
  }
  return null;
}
