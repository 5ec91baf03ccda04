// Positions of the grid lines on a chart's axis.

/**
 * Round numbers that divide low..high into at most `most` steps of 1, 2 or 5 times a power of ten.
 *
 * @returns Ascending, from the last round number at or below `low` to the first one at or above `high`.
 */
export function niceTicks(low: number, high: number, most = 5): readonly number[] {
  if (!(high > low)) return niceTicks(low - 0.5, low + 0.5, most); // all values are equal, but an axis needs two ends
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  // Without the tolerance, a rounding error could add a line too many.
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  // Multiples, not a running sum; toPrecision removes the extra digits of binary fractions.
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/** Decimal places needed to tell the ticks apart. */
export function digitsOf(ticks: readonly number[]): number {
  return Math.max(0, ...ticks.map((tick) => (String(tick).split(".")[1] ?? "").length));
}
