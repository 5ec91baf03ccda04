// The layout of a number line: its ends and ticks, and where the tags below it stand.

export interface Domain {
  readonly low: number;
  readonly high: number;
  /** Round numbers, from `low` to `high`. */
  readonly ticks: readonly number[];
}

/** Between the outermost values and the ends, as a share of what they span: room to move them. */
const ROOM = 0.25;
/**
 * Values that differ by less, as those of an untrained model, can be moved by 1 in either
 * direction.
 */
const EQUAL = 0.001;
/** Steps of an arrow key, and of Page Up and Page Down. */
const [SMALL, LARGE] = [0.1, 1];

/** Round ends around all values, with room beyond them. */
export function domainOf(values: readonly number[]): Domain {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const span = most - least;
  const room = span > EQUAL ? ROOM * span : 1;
  const ticks = niceTicks(least - room, most + room, 6);
  return { low: ticks[0]!, high: ticks.at(-1)!, ticks };
}

/**
 * Round numbers that divide low..high into at most `most` steps of 1, 2 or 5 times a power of ten.
 *
 * @returns Ascending, from the last round number at or below `low` to the first one at or above
 * `high`.
 */
export function niceTicks(low: number, high: number, most = 5): readonly number[] {
  // all values are equal, but an axis needs two ends
  if (!(high > low)) return niceTicks(low - 0.5, low + 0.5, most);
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  // Without the tolerance, a rounding error could add a line too many.
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  // Multiples, not a running sum; toPrecision removes the extra digits of binary fractions.
  return Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

/** Decimal places needed to tell the ticks apart. */
export function digitsOf(ticks: readonly number[]): number {
  return Math.max(0, ...ticks.map((tick) => (String(tick).split(".")[1] ?? "").length));
}

const within = (value: number, low: number, high: number) => Math.max(low, Math.min(high, value));

/** A value's place as a share of the line's length; values outside are at its ends. */
export const shareOf = ({ low, high }: Domain, value: number): number =>
  within((value - low) / (high - low), 0, 1);

/** The value that a pointer moves to. @param share Of the line's length, from where it began. */
export const dragged = ({ low, high }: Domain, from: number, share: number): number =>
  within(from + share * (high - low), low, high);

/** The value after a key press; null: the key has no effect. */
export function keyed({ low, high }: Domain, value: number, key: string): number | null {
  const targets: Readonly<Record<string, number>> = {
    ArrowRight: value + SMALL,
    ArrowUp: value + SMALL,
    ArrowLeft: value - SMALL,
    ArrowDown: value - SMALL,
    PageUp: value + LARGE,
    PageDown: value - LARGE,
    Home: low,
    End: high,
  };
  return Object.hasOwn(targets, key) ? within(targets[key]!, low, high) : null;
}

/** The left edge of a tag as near to its value as the line's ends allow. */
export const leftOf = (centre: number, width: number, length: number): number =>
  Math.max(0, Math.min(length - width, centre - width / 2));

export interface Place {
  /** Position of its left edge. */
  readonly left: number;
  /** 0: next to the line. */
  readonly row: number;
}

/**
 * A tag may stand off its value as far as this leaves of it on the other side: the stem from the
 * value still meets it.
 */
const HOLD = 8;

/**
 * Rows of tags, each as near to the line as possible without covering another one; the rightmost
 * value's is next to it.
 *
 * @param centres Where they belong, along the line; all lengths in CSS pixels.
 * @param widths Widths of the tags.
 * @param length Length of the line: no tag is beyond its ends.
 */
export function rowsOf(
  centres: readonly number[],
  widths: readonly number[],
  length: number,
  gap: number,
): readonly Place[] {
  const free: number[] = []; // of each row: where its tags so far begin
  const places: Place[] = [];
  const order = [...centres.keys()].sort((a, b) => centres[b]! - centres[a]! || a - b);
  for (const index of order) {
    const width = widths[index]!;
    const ideal = leftOf(centres[index]!, width, length);
    const least = Math.max(0, Math.min(ideal, centres[index]! - width + HOLD));
    const found = free.findIndex((edge) => edge - gap - width >= least);
    const row = found < 0 ? free.length : found;
    const left = found < 0 ? ideal : Math.min(ideal, free[row]! - gap - width);
    free[row] = left;
    places[index] = { left, row };
  }
  return places;
}
