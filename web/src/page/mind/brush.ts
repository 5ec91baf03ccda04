// Changing pixels of a picture. No DOM.
import type { Size } from "../pixels.ts";
import type { Way } from "./fewest.ts";

/** The picture with these pixels changed; null if none of them changes. */
export function changed(picture: Float32Array, pixels: readonly number[], way: Way): Float32Array | null {
  const value = way === "erase" ? 0 : 1;
  if (pixels.every((pixel) => picture[pixel] === value)) return null;
  const result = picture.slice();
  for (const pixel of pixels) result[pixel] = value;
  return result;
}

/** How many pixels of two pictures of the same size differ. */
export const countChanged = (a: Float32Array, b: Float32Array): number =>
  a.reduce((count, value, pixel) => count + (value === b[pixel] ? 0 : 1), 0);

/** The pixels of a straight line, without the first: a fast pointer skips some. */
export function line(from: number, to: number, { width }: Size): readonly number[] {
  const [x, y] = [from % width, Math.floor(from / width)];
  const [right, down] = [(to % width) - x, Math.floor(to / width) - y];
  const steps = Math.max(Math.abs(right), Math.abs(down));
  return Array.from(
    { length: steps },
    (_, step) => Math.round(y + (down * (step + 1)) / steps) * width + Math.round(x + (right * (step + 1)) / steps),
  );
}

/** Squares around pixels, as the `d` of an SVG path in a view box with a side of 1 for each pixel. */
export const squares = (pixels: readonly number[], { width }: Size): string =>
  pixels.map((pixel) => `M${pixel % width} ${Math.floor(pixel / width)}h1v1h-1z`).join("");
