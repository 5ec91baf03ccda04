/**
 * The outline of the ink, as the `d` of an SVG path in a width × height view box.
 *
 * @param ink One number per pixel, row by row.
 * @param threshold Pixels above it count as drawn.
 */
export function outlineOf(ink: ArrayLike<number>, width: number, height: number, threshold: number): string {
  const drawn = (x: number, y: number) =>
    x >= 0 && x < width && y >= 0 && y < height && (ink[y * width + x] ?? 0) > threshold;
  return [
    ...edges(width, height, (x, y) => drawn(x, y) !== drawn(x, y - 1)).map(([x, y, length]) => `M${x} ${y}h${length}`),
    ...edges(height, width, (y, x) => drawn(x, y) !== drawn(x - 1, y)).map(([y, x, length]) => `M${x} ${y}v${length}`),
  ].join("");
}

/** Continuous edges along lines of `length` pixels: start, line and length of each. */
function edges(length: number, lines: number, isEdge: (at: number, line: number) => boolean) {
  const found: (readonly [start: number, line: number, length: number])[] = [];
  for (let line = 0; line <= lines; line++) {
    let start: number | null = null;
    for (let at = 0; at <= length; at++) {
      const edge = at < length && isEdge(at, line);
      if (edge && start === null) start = at;
      if (edge || start === null) continue;
      found.push([start, line, at - start]);
      start = null;
    }
  }
  return found;
}
