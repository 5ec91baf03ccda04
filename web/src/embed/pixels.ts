// Converts anything drawable to RGBA pixels. The only part of load() and predict() that uses the DOM.
import { fail } from "../runtime/errors.ts";
import type { Pixels } from "../runtime/types.ts";

/** The kinds of drawing that `predict` accepts. */
export type Drawing = HTMLCanvasElement | OffscreenCanvas | ImageData | ImageBitmap | HTMLImageElement | Blob;

/** Larger images are scaled down first: a model reads a few dozen pixels, and a 12-megapixel photo takes memory. */
const LONGEST_SIDE = 1024;

/**
 * @throws ModelError `input`: not a drawing, not decodable, empty, or from another origin without CORS.
 */
export async function toPixels(source: Drawing | Pixels): Promise<Pixels> {
  try {
    if (source instanceof Blob) {
      const bitmap = await createImageBitmap(source);
      const pixels = draw(bitmap, bitmap.width, bitmap.height);
      bitmap.close(); // frees a photo's memory long before garbage collection would
      return pixels;
    }
    if ("naturalWidth" in source) {
      await source.decode();
      return draw(source, source.naturalWidth, source.naturalHeight);
    }
    return "data" in source ? source : draw(source, source.width, source.height);
  } catch (error) {
    const kind = Object.prototype.toString.call(source);
    return fail(
      "input",
      "A drawing must be a canvas or image, not empty, allowed by CORS",
      `${kind} ${String(error)}`,
      error,
    );
  }
}

function draw(source: CanvasImageSource, width: number, height: number): Pixels {
  const shrink = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  const across = Math.ceil(width * shrink);
  const down = Math.ceil(height * shrink);
  const canvas = new OffscreenCanvas(across, down); // a worker has no others
  // Null only if the browser is out of memory, which the TypeError then reports.
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, across, down);
  return context.getImageData(0, 0, across, down);
}
