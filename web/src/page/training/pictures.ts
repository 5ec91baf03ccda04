// The training images of a version: a byte a pixel, and after the last image a byte for each label.
import { fail } from "../../runtime/errors.ts";
import type { ImageSize, ImageStep } from "../../runtime/schema.ts";
import { prepareImage } from "../../runtime/preprocess/all-steps.ts";
import type { Examples } from "./sgd.ts";

export interface Pictures {
  /** Image after image, row by row: 0..255. */
  readonly pixels: Uint8Array;
  /** Index of the true class of each. */
  readonly labels: Uint8Array;
  /** Pixels in an image. */
  readonly size: number;
}

/**
 * The steps that the pipeline leaves to each training step; those before them move pixels, which
 * are rounded to bytes.
 */
const OF_VALUES: readonly string[] = ["scale", "flatten", "channel"];

/**
 * @param bytes Content of a file such as `training_images`, decompressed.
 * @throws ModelError `integrity`: it holds anything but whole images with their labels.
 */
export function unpack(bytes: Uint8Array, size: number, name: string): Pictures {
  const count = bytes.length / (size + 1);
  if (!Number.isInteger(count) || count === 0) {
    fail(
      "integrity",
      `${name} must contain images of ${size} bytes and a label for each`,
      bytes.length,
    );
  }
  return { pixels: bytes.subarray(0, count * size), labels: bytes.subarray(count * size), size };
}

/**
 * Prepare the images in place, as the pipeline prepared them: by the manifest's `image` steps, to
 * whole bytes.
 */
export function prepare(
  { pixels, labels, size }: Pictures,
  image: ImageSize,
  steps: readonly ImageStep[],
): void {
  const later = steps.findIndex(({ step }) => OF_VALUES.includes(step));
  const moves = later < 0 ? steps : steps.slice(0, later);
  if (moves.length === 0) return;
  const ink = new Float32Array(size);
  for (const row of labels.keys()) {
    const bytes = pixels.subarray(row * size, (row + 1) * size);
    for (let i = 0; i < size; i++) ink[i] = bytes[i]! / 255;
    const moved = prepareImage(ink, image, moves);
    for (let i = 0; i < size; i++) bytes[i] = rounded(Math.fround(moved[i]! * 255));
  }
}

/** Halves go to the even neighbour, as with NumPy. */
function rounded(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

/** All of the images as inputs. @param full The model's input where a pixel is full of ink. */
export function examplesOf({ pixels, labels, size }: Pictures, full: number): Examples {
  return {
    inputs: Float32Array.from(pixels, (byte) => Math.fround(byte / 255) * full),
    labels,
    size,
  };
}
