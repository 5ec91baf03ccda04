// Erasing pixels of a picture. No DOM.
import type { Size } from "../pixels.ts";

/** The picture without the ink of these pixels; null if they have none. */
export function erased(picture: Float32Array, pixels: readonly number[]): Float32Array | null {
  if (pixels.every((pixel) => picture[pixel] === 0)) return null;
  const result = picture.slice();
  for (const pixel of pixels) result[pixel] = 0;
  return result;
}

/** The pixels in which two pictures of the same size differ. */
export const differing = (a: Float32Array, b: Float32Array): readonly number[] =>
  [...a.keys()].filter((pixel) => a[pixel] !== b[pixel]);

/** The pixels of a straight line, without the first: a fast pointer skips some. */
export function line(from: number, to: number, { width }: Size): readonly number[] {
  const [x, y] = [from % width, Math.floor(from / width)];
  const [right, down] = [(to % width) - x, Math.floor(to / width) - y];
  const steps = Math.max(Math.abs(right), Math.abs(down));
  return Array.from(
    { length: steps },
    (_, step) =>
      Math.round(y + (down * (step + 1)) / steps) * width +
      Math.round(x + (right * (step + 1)) / steps),
  );
}

/**
 * Squares around pixels, as the `d` of an SVG path in a view box with a side of 1 for each pixel.
 */
export const squares = (pixels: readonly number[], { width }: Size): string =>
  pixels.map((pixel) => `M${pixel % width} ${Math.floor(pixel / width)}h1v1h-1z`).join("");
