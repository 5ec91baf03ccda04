// Strokes as data, and how to paint them. Coordinates and widths are fractions of the pad's side,
// so that a drawing means the same on every screen and can be repainted at any size.

export interface Point {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export type Stroke = readonly Point[];

/**
 * As a fraction of the pad's side: a digit that fills the pad is then about as bold as an MNIST
 * digit.
 */
export const PEN_WIDTH = 0.08;
/**
 * Every point is on a grid, with this many steps along the pad's side: finer than screens, coarse
 * enough for short links.
 */
export const STEPS = 1024;
/** How far outside the pad a captured pointer is followed, as a multiple of the pad's side. */
const OUTSIDE = 1;
/**
 * A smaller change of position or width cannot be seen, and only makes a link longer: 1 pixel of a
 * small pad.
 */
const NEAR = 3 / STEPS;

/**
 * Round to the grid. Strokes are painted from rounded points only, so a link restores exactly the
 * same drawing.
 */
export function snap({ x, y, width }: Point): Point {
  const round = (value: number) =>
    Math.round(Math.max(-OUTSIDE, Math.min(1 + OUTSIDE, value)) * STEPS) / STEPS;
  return { x: round(x), y: round(y), width: Math.max(1, Math.round(width * STEPS)) / STEPS };
}

/** True if a point is worth keeping after the last one. */
export function isFarEnough({ x, y, width }: Point, last: Point | undefined): boolean {
  return (
    !last ||
    Math.max(Math.abs(x - last.x), Math.abs(y - last.y), Math.abs(width - last.width)) >= NEAR
  );
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Pixels around strokes that stay empty. */
export const MARGIN = 2;

/**
 * The pixels that strokes can touch on a square canvas with this side, plus an empty margin, which
 * may lie outside the canvas. Null when there are none.
 */
export function boxOf(strokes: readonly Stroke[], side: number): Box | null {
  const points = strokes.flat();
  /** The pixels along one axis: the first one and their number. */
  const range = (axis: "x" | "y") => {
    const farthest = (sign: 1 | -1) =>
      points.reduce(
        (most, point) => Math.max(most, sign * point[axis] + point.width / 2),
        -Infinity,
      );
    const start = Math.floor(Math.max(0, -farthest(-1)) * side) - MARGIN;
    return [start, Math.ceil(Math.min(1, farthest(1)) * side) + MARGIN - start] as const;
  };
  const [[x, width], [y, height]] = [range("x"), range("y")];
  return Math.min(width, height) > 2 * MARGIN ? { x, y, width, height } : null;
}

const mix = (a: Point, b: Point, t = 0.5): Point => ({
  x: a.x + (b.x - a.x) * t,
  y: a.y + (b.y - a.y) * t,
  width: a.width + (b.width - a.width) * t,
});

/**
 * From disc to disc, as a share of the way to the next point: so close that their edges look like
 * one.
 */
const STEP = 1 / 8;

/**
 * Paint a whole stroke as one shape, for the screen: however often it crosses itself, each pixel of
 * its edge is painted once, so the edge is smooth. It runs as in `paintStroke`, up to the last
 * point; of a pen with pressure, straight from point to point.
 *
 * @param context Draws round lines, and is scaled so that its side is 1.
 */
export function paintShape(context: CanvasRenderingContext2D, stroke: Stroke): void {
  // A tap is no line, nor is what a pen with pressure draws.
  const isLine = stroke.length > 1 && stroke.every(({ width }) => width === stroke[0]!.width);
  context.beginPath();
  stroke.forEach((point, index) => {
    const next = stroke[index + 1] ?? point;
    if (isLine) {
      const { x, y } = mix(point, next);
      context.lineWidth = point.width;
      context.quadraticCurveTo(point.x, point.y, x, y);
    } else {
      for (let t = 0; t < 1; t += STEP) {
        const { x, y, width } = mix(point, next, t);
        context.moveTo(x + width / 2, y);
        context.arc(x, y, width / 2, 0, 7);
      }
    }
  });
  if (isLine) context.stroke();
  else context.fill();
}

/**
 * Paint a stroke from the point with index `from` on; painting it piece by piece gives the same
 * pixels as all at once. Quadratic curves run between the midpoints of neighbouring points, with
 * the points themselves as control points. So the line is smooth, and lags half a segment behind:
 * `ended` adds the last half. The context draws round lines.
 */
export function paintStroke(
  context: CanvasRenderingContext2D,
  stroke: Stroke,
  side: number,
  from = 0,
  ended = true,
): void {
  // At the end, the curve goes on to the last point itself.
  const end = stroke.length - (ended && stroke.length > 1 ? 0 : 1);
  for (let index = from; index <= end; index++) {
    const [earlier, before] = [stroke[index - 2], stroke[index - 1]];
    const point = stroke[index] ?? before!;
    context.beginPath();
    if (!before) {
      // A tap is a dot; a longer stroke starts on it.
      context.arc(point.x * side, point.y * side, (point.width / 2) * side, 0, 2 * Math.PI);
      context.fill();
      continue;
    }
    const start = earlier ? mix(earlier, before) : before;
    const { x, y } = mix(before, point);
    context.lineWidth = before.width * side;
    context.moveTo(start.x * side, start.y * side);
    context.quadraticCurveTo(before.x * side, before.y * side, x * side, y * side);
    context.stroke();
  }
}
