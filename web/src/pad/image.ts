// An image of the user's own on the pad: it replaces the drawing, and goes through the same steps.
import type { Pixels } from "../runtime/types.ts";
import type { PadImage } from "./drawing.ts";

/** Behind transparent images, so that ink of any colour can be seen. */
const BACKING = "#888";

export function imageOf({ data, width, height }: Pixels): PadImage {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.putImageData(new ImageData(Uint8ClampedArray.from(data), width, height), 0, 0);
  return {
    ink: { context, box: { x: 0, y: 0, width, height } },
    paint(screen, side) {
      paintFitted(screen, side, canvas);
    },
  };
}

/**
 * Paint an image in the middle of a square, as large as fits; one that is enlarged keeps its
 * pixels.
 */
export function paintFitted(
  context: CanvasRenderingContext2D,
  side: number,
  image: HTMLCanvasElement,
): void {
  const scale = side / Math.max(image.width, image.height);
  const [width, height] = [image.width * scale, image.height * scale];
  const [left, top] = [(side - width) / 2, (side - height) / 2];
  context.imageSmoothingEnabled = scale < 1;
  context.imageSmoothingQuality = "high";
  context.fillStyle = BACKING;
  context.fillRect(left, top, width, height);
  context.drawImage(image, left, top, width, height);
}
