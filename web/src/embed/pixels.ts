// Converts anything drawable to RGBA pixels. The only part of load() and predict() that uses the
// DOM.
import { fail } from "../runtime/errors.ts";
import type { Pixels } from "../runtime/types.ts";

/** The kinds of drawing that `predict` accepts. */
export type Drawing =
  HTMLCanvasElement | OffscreenCanvas | ImageData | ImageBitmap | HTMLImageElement | Blob;

/**
 * Larger images are scaled down first: a model reads a few dozen pixels, and a 12-megapixel photo
 * takes memory.
 */
const LONGEST_SIDE = 1024;

/**
 * @throws ModelError `input`: not a drawing, not decodable, empty, or from another origin without
 * CORS.
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
    // A selector or null is shown as it is: it says what was meant.
    const received = Object(source) === source ? Object.prototype.toString.call(source) : source;
    const next =
      "Pass a canvas, image or file that has loaded and that CORS lets the page read; in Node.js, Float32Array.from(…)";
    return fail("input", "A picture must be readable", received, error, next);
  }
}

/** Kept for the next drawing: a new canvas takes as long as reading a small drawing does. */
let kept: OffscreenCanvasRenderingContext2D | null = null;

function draw(source: CanvasImageSource, width: number, height: number): Pixels {
  const shrink = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  const across = Math.ceil(width * shrink);
  const down = Math.ceil(height * shrink);
  // A worker has no other canvases. Null only if the browser is out of memory, which the TypeError
  // then reports.
  const context = kept ?? new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true })!;
  kept = null; // one on which an image of another origin was drawn is never readable again
  const { width: w, height: h } = context.canvas;
  // Setting them takes as long as drawing, and forgets the settings.
  if (w !== across || h !== down) Object.assign(context.canvas, { width: across, height: down });
  context.imageSmoothingQuality = "high";
  context.globalCompositeOperation = "copy"; // nothing of the one before shows through
  context.drawImage(source, 0, 0, across, down);
  const pixels = context.getImageData(0, 0, across, down);
  kept = context;
  return pixels;
}
