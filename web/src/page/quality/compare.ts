// This browser's answers against those that Keras recorded. No DOM.

export interface Comparison {
  readonly images: number;
  /** Of any probability of any image; NaN as soon as one is not a number. */
  readonly maxDifference: number;
  /** How many images get the same answer. */
  readonly agreeing: number;
}

/** Index of the largest number; the first one on a tie, as everywhere in this page. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) if (values[index]! > values[best]!) best = index;
  return best;
}

/**
 * @param recorded Probabilities of each image, as Keras gave them.
 * @param here The same from this browser, in the same order.
 */
export function compare(recorded: readonly ArrayLike<number>[], here: readonly ArrayLike<number>[]): Comparison {
  let maxDifference = 0;
  let agreeing = 0;
  recorded.forEach((expected, image) => {
    const got = here[image] ?? [];
    // Math.max keeps a NaN, also the one that a missing number makes: such an answer passes no limit.
    for (let index = 0; index < expected.length; index++) {
      maxDifference = Math.max(maxDifference, Math.abs(expected[index]! - (got[index] ?? NaN)));
    }
    if (got.length === expected.length && argmax(got) === argmax(expected)) agreeing += 1;
  });
  return { images: recorded.length, maxDifference, agreeing };
}

const BROWSERS: readonly (readonly [name: string, pattern: RegExp])[] = [
  // The order matters: most of them claim to be others too.
  ["Firefox", /(?:Firefox|FxiOS)\/(\d+)/],
  ["Edge", /Edg(?:A|iOS)?\/(\d+)/],
  ["Opera", /OPR\/(\d+)/],
  ["Samsung Internet", /SamsungBrowser\/(\d+)/],
  ["Chrome", /(?:Chrome|CriOS|Chromium)\/(\d+)/],
  ["Safari", /Version\/(\d+(?:\.\d+)?).* Safari\//],
];

/** A browser's name and main version from its `navigator.userAgent`; null when it is none of the usual ones. */
export function browserName(userAgent: string): string | null {
  for (const [name, pattern] of BROWSERS) {
    const version = pattern.exec(userAgent)?.[1];
    if (version !== undefined) return `${name} ${version}`;
  }
  return null;
}
