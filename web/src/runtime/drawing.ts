// From pixels to a model's input, as its manifest says.
import { fail } from "./errors.ts";
import type { Manifest } from "./manifest.ts";
import { prepareDrawing, prepareImage } from "./preprocess.ts";
import type { Pixels } from "./types.ts";

/**
 * A drawing or photo as a height × width × channels picture in 0..1; null when there is nothing.
 *
 * @throws ModelError `input`: pixels that contradict their size, or a model that is not given pictures.
 */
export function toInk({ data, width, height }: Pixels, manifest: Manifest): Float32Array | null {
  if (!(width > 0 && height > 0 && data.length === 4 * width * height)) {
    fail("input", "Pixels must be width × height × RGBA", `${width} × ${height} with ${data.length} values`);
  }
  return prepareDrawing({ data, width, height }, stepsOf(manifest).drawing);
}

/**
 * A picture as the one that the model sees and the input made of it.
 *
 * @throws ModelError `input`: another size, or a model that is not given pictures.
 */
export function fromInk(ink: Float32Array, manifest: Manifest): { picture: Float32Array; input: Float32Array } {
  const { image: steps, size } = stepsOf(manifest);
  // Straightening leaves a picture in 0..1; scaling and what follows is for the model only.
  const split = steps.map(({ step }) => step === "deskew" || step === "align").lastIndexOf(true) + 1;
  const picture = prepareImage(ink, size, steps.slice(0, split));
  return { picture, input: prepareImage(picture, size, steps.slice(split)) };
}

function stepsOf({ name, preprocess, input: { image: size } }: Manifest) {
  return preprocess && size ? { size, ...preprocess } : fail("input", `${name} must be given numbers`, "a picture");
}
