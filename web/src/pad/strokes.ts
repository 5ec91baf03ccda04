// Strokes as data, and how they are painted. Coordinates and widths are shares of the pad's side, so that a drawing
// means the same on every screen and can be painted again at any size.

export interface Point {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export type Stroke = readonly Point[];

/** Width of a stroke as a share of the pad's side: a digit that fills the pad is then about as bold as a MNIST digit. */
export const PEN_WIDTH = 0.08;
/** Steps in the pad's side on which every point lies: finer than any screen shows, and coarse enough for a short link. */
export const STEPS = 1024;
/** How far beyond the pad a captured pointer is followed, in pads. */
const BEYOND = 1;
/** Nearer than this to the former point, in pads, a point adds nothing but length to a link: 1 pixel of a small pad. */
const NEAR = 3 / STEPS;
/** A change of the pen's width that shows. */
const BOLDER = 4 / STEPS;

/** The point as it is kept. Strokes are painted from kept points only, so a link gives back the very same drawing. */
export function snap({ x, y, width }: Point): Point {
  const place = (share: number) => Math.round(Math.max(-BEYOND, Math.min(1 + BEYOND, share)) * STEPS) / STEPS;
  return { x: place(x), y: place(y), width: Math.max(1, Math.round(width * STEPS)) / STEPS };
}

/** Whether a point brings a stroke on. */
export function isNews(last: Point | undefined, next: Point): boolean {
  if (!last) return true;
  const moved = Math.max(Math.abs(next.x - last.x), Math.abs(next.y - last.y));
  return moved >= NEAR || Math.abs(next.width - last.width) >= BOLDER;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The whole pixels that strokes can touch on a square canvas of that side, with an empty frame of two pixels around them;
 * so it may reach beyond the canvas. Null when there are none.
 */
export function boxOf(strokes: readonly Stroke[], side: number): Box | null {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const stroke of strokes) {
    for (const { x, y, width } of stroke) {
      left = Math.min(left, x - width / 2);
      top = Math.min(top, y - width / 2);
      right = Math.max(right, x + width / 2);
      bottom = Math.max(bottom, y + width / 2);
    }
  }
  const frame = 2;
  const low = (share: number) => Math.floor(Math.max(0, share) * side) - frame;
  const high = (share: number) => Math.ceil(Math.min(1, share) * side) + frame;
  const box = { x: low(left), y: low(top), width: high(right) - low(left), height: high(bottom) - low(top) };
  return box.width > 2 * frame && box.height > 2 * frame ? box : null;
}

/**
 * Paint a stroke from its point number `from` on; painting piece by piece gives the same pixels as painting it whole.
 * Between the midpoints of neighbouring points runs a quadratic curve with the point itself as control, so the line is
 * smooth, and it lags half a point behind: `ended` adds the last half.
 */
export function paintStroke(
  context: CanvasRenderingContext2D,
  stroke: Stroke,
  side: number,
  { from = 0, ended = true }: { readonly from?: number; readonly ended?: boolean } = {},
): void {
  context.lineCap = "round";
  context.lineJoin = "round";
  const middle = (a: Point, b: Point) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });

  for (let index = from; index < stroke.length; index++) {
    const point = stroke[index];
    const before = stroke[index - 1];
    if (!point) continue;
    if (!before) {
      // A tap is a dot; a longer stroke starts on it.
      context.beginPath();
      context.arc(point.x * side, point.y * side, (point.width / 2) * side, 0, 2 * Math.PI);
      context.fill();
      continue;
    }
    const earlier = stroke[index - 2];
    const start = earlier ? middle(earlier, before) : before;
    const end = middle(before, point);
    context.lineWidth = before.width * side;
    context.beginPath();
    context.moveTo(start.x * side, start.y * side);
    context.quadraticCurveTo(before.x * side, before.y * side, end.x * side, end.y * side);
    context.stroke();
  }

  const last = stroke.at(-1);
  const beforeLast = stroke.at(-2);
  if (ended && last && beforeLast) {
    const start = middle(beforeLast, last);
    context.lineWidth = last.width * side;
    context.beginPath();
    context.moveTo(start.x * side, start.y * side);
    context.lineTo(last.x * side, last.y * side);
    context.stroke();
  }
}
