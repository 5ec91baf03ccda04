// How a drawing becomes numbers for the visitor's own model: by the steps of the page's model,
// which are in its manifest.
import type { ImageSize, Preprocess } from "../../runtime/schema.ts";
import { takesPhotos, type Manifest } from "../../runtime/manifest.ts";
import { prepareDrawing, prepareImage } from "../../runtime/preprocess/all-steps.ts";
import type { Pixels } from "../../runtime/types.ts";
import type { Example } from "./classes.ts";

export interface Preparation {
  readonly size: ImageSize;
  readonly preprocess: Preprocess;
}

/**
 * Null where the page's model reads no drawings in ink, such as one of photos. It need not be
 * linear.
 */
export function preparationOf(manifest: Manifest): Preparation | null {
  const { input, preprocess } = manifest;
  if (input.image?.channels !== 1 || !preprocess || takesPhotos(manifest)) return null;
  // Whatever shape the page's model takes, a softmax of all pixels takes a list.
  const steps = preprocess.image.filter(({ step }) => step !== "flatten" && step !== "channel");
  return {
    size: input.image,
    preprocess: { drawing: preprocess.drawing, image: [...steps, { step: "flatten" }] },
  };
}

/** The picture that a drawing becomes, in 0..1; null if there is no ink. */
export const toPicture = (pixels: Pixels, { preprocess }: Preparation): Float32Array | null =>
  prepareDrawing(pixels, preprocess.drawing);

export const toInput = (picture: Float32Array, { size, preprocess }: Preparation): Float32Array =>
  prepareImage(picture, size, preprocess.image);

/** As a file of images has them: 0..255. */
export const toBytes = (picture: Float32Array): Uint8Array =>
  Uint8Array.from(picture, (value) => Math.round(255 * value));

export const fromBytes = (ink: Uint8Array): Float32Array =>
  Float32Array.from(ink, (value) => value / 255);

/** @param strokes Null for an image. */
export const exampleOf = (
  ink: Uint8Array,
  strokes: Example["strokes"],
  preparation: Preparation,
): Example => ({
  ink,
  input: toInput(fromBytes(ink), preparation),
  strokes,
});
