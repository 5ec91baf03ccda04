// Where the lines of a chart's axis stand.

/**
 * Round numbers that divide low..high into at most `most` steps: multiples of 1, 2 or 5 times a power of ten.
 *
 * @returns Ascending, from the last round number at or below `low` to the first one at or above `high`.
 */
export function niceTicks(low: number, high: number, most = 5): readonly number[] {
  if (!(high > low)) return niceTicks(low - 0.5, low + 0.5, most); // one value all along: an axis needs two ends
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  // A step that is too small by a rounding error only would make one line more than fits.
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  // Each from its own multiple, not by adding up; toPrecision takes away the digits that binary fractions add.
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/** Digits after the point that tell these ticks apart. */
export function digitsOf(ticks: readonly number[]): number {
  return Math.max(0, ...ticks.map((tick) => (String(tick).split(".")[1] ?? "").length));
}
