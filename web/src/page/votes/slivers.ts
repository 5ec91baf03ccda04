// The two bars of a sum: every product is a piece of one of them, as long as it is large.

/** From and to: scores. The piece of a product above 0 ends at the right, of one below 0 at the left. */
export interface Sliver {
  readonly pixel: number;
  readonly from: number;
  readonly to: number;
}

export interface Bars {
  /** The products above 0, laid end to end from 0 up, the strongest first. */
  readonly plus: readonly Sliver[];
  /** Those below 0, from where the others end back down. */
  readonly minus: readonly Sliver[];
}

export function barsOf(products: Float64Array): Bars {
  const pixels = Array.from(products.keys())
    .filter((pixel) => products[pixel] !== 0)
    .sort((a, b) => Math.abs(products[b]!) - Math.abs(products[a]!));
  let end = 0;
  const lay = (pixel: number): Sliver => ({ pixel, from: end, to: (end += products[pixel]!) });
  const plus = pixels.filter((pixel) => products[pixel]! > 0).map(lay);
  const minus = pixels.filter((pixel) => products[pixel]! < 0).map(lay);
  return { plus, minus };
}

/**
 * A bar as `count` equal columns, from left to right: for each, the product of the piece in its middle.
 *
 * @param slivers One bar of `barsOf`.
 */
export function columnsOf(slivers: readonly Sliver[], products: Float64Array, count: number): Float64Array {
  const columns = new Float64Array(count);
  const [first, last] = [slivers[0], slivers.at(-1)];
  if (!first || !last) return columns;
  const isRising = last.to > first.from;
  const length = last.to - first.from;
  let at = 0;
  for (let step = 0; step < count; step++) {
    const middle = first.from + (length * (step + 0.5)) / count;
    while (at < slivers.length - 1 && (isRising ? slivers[at]!.to <= middle : slivers[at]!.to >= middle)) at++;
    columns[isRising ? step : count - 1 - step] = products[slivers[at]!.pixel]!;
  }
  return columns;
}
