// Encodes a drawing as text for the page's address, and decodes it.
//
// The text is "1" (the version), then a sequence of LEB128 numbers in base64url without padding.
// For each stroke: 2 × the number of points, plus 1 if the width varies; the width of the first
// point; then for each point the differences of x and y to the point before and, if it varies, from
// the second point on also that of the width. (x and y start at 0 and continue from stroke to
// stroke.) Differences are signed: 0, −1, 1, −2 … are written as 0, 1, 2, 3 …. Lengths are in steps
// of 1/1024 of the pad's side. A digit takes about 150 characters. Every drawing has exactly one
// text; anything else is refused.
import { STEPS, type Point, type Stroke } from "./strokes.ts";

const VERSION = "1";
/** Characters, about 3000 points. A link of this length still survives mail and chat. */
export const LINK_LIMIT = 8000;
/** Points further away than this, as a multiple of the pad's side, cannot come from a pad. */
const FARTHEST = 2;

/** @returns null if there is nothing to encode, or if it takes more than `limit` characters. */
export function encodeStrokes(strokes: readonly Stroke[], limit = LINK_LIMIT): string | null {
  const numbers: number[] = [];
  const signed = (value: number) => numbers.push(value < 0 ? -2 * value - 1 : 2 * value);
  let [x, y] = [0, 0];
  for (const stroke of strokes) {
    const points = stroke.map(inSteps);
    const first = points[0];
    if (!first) continue;
    let { width } = first;
    const varies = points.some((point) => point.width !== width);
    numbers.push(2 * points.length + Number(varies), width);
    for (const [index, point] of points.entries()) {
      signed(point.x - x);
      signed(point.y - y);
      if (varies && index > 0) signed(point.width - width);
      ({ x, y, width } = point);
    }
    if (numbers.length > limit) return null; // each number takes at least one character
  }
  const text = VERSION + toBase64(numbers);
  return numbers.length > 0 && text.length <= limit ? text : null;
}

/** @returns null if `text` is not what `encodeStrokes` writes. Never throws. */
export function decodeStrokes(text: string, limit = LINK_LIMIT): readonly Stroke[] | null {
  if (!text.startsWith(VERSION) || text.length > limit) return null;
  const numbers = fromBase64(text.slice(VERSION.length));
  let at = 0;
  const next = () => numbers[at++] ?? NaN;
  const signed = () => {
    const value = next();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  };
  const strokes: Point[][] = [];
  let [x, y] = [0, 0];
  while (at < numbers.length) {
    const head = next();
    let width = next();
    const points: Point[] = [];
    for (let left = head >> 1; left > 0; left--) {
      x += signed();
      y += signed();
      if (head % 2 === 1 && points.length > 0) width += signed();
      const isInside =
        [x, y].every((place) => Math.abs(place) <= FARTHEST * STEPS) &&
        width >= 1 &&
        width <= STEPS;
      if (!isInside) return null; // also if the numbers ended early
      points.push({ x: x / STEPS, y: y / STEPS, width: width / STEPS });
    }
    strokes.push(points);
  }
  return encodeStrokes(strokes, limit) === text ? strokes : null;
}

const inSteps = ({ x, y, width }: Point): Point => ({
  x: Math.round(x * STEPS),
  y: Math.round(y * STEPS),
  width: Math.round(width * STEPS),
});

function toBase64(numbers: readonly number[]): string {
  let bytes = "";
  for (let number of numbers) {
    for (; number >= 128; number >>= 7) bytes += String.fromCharCode((number & 127) | 128);
    bytes += String.fromCharCode(number);
  }
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * Text that is not base64 gives no numbers. Impossible numbers are NaN, or refused by the final
 * check in `decodeStrokes`.
 */
function fromBase64(text: string): readonly number[] {
  let bytes: string;
  try {
    bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return [];
  }
  const numbers: number[] = [];
  let [number, shift] = [0, 0];
  for (const byte of bytes) {
    const code = byte.charCodeAt(0);
    number += (code & 127) * 2 ** shift;
    shift += 7;
    if (code < 128) {
      numbers.push(number);
      [number, shift] = [0, 0];
    }
  }
  return shift === 0 ? numbers : [...numbers, NaN]; // the last number is incomplete
}
