// Pictures that are prepared already: what the model sees, changed pixel by pixel. No DOM.
import type { Manifest } from "../../runtime/manifest.ts";
import type { ImageStep } from "../../runtime/schema.ts";
import { prepareImage } from "../../runtime/preprocess/all-steps.ts";
import type { Model } from "../../runtime/types.ts";
import type { Changed } from "../state.ts";

/**
 * The steps after those that move ink: the same part of them that the runtime applies to a
 * prediction's `picture`.
 */
function lastSteps({ preprocess }: Manifest): readonly ImageStep[] {
  const image = preprocess?.image ?? [];
  return image.slice(
    image.map(({ step }) => /invert|deskew|align/.test(step)).lastIndexOf(true) + 1,
  );
}

/** The model's input of a prepared picture. */
export const inputOf = (manifest: Manifest, picture: Float32Array): Float32Array =>
  prepareImage(picture, manifest.input.image!, lastSteps(manifest));

/** Value of a pixel without ink in the model's input. */
export function blankOf(manifest: Manifest): number {
  const { height, width } = manifest.input.image!;
  return inputOf(manifest, new Float32Array(height * width))[0]!;
}

/** How any model of such pictures reads it. */
export function readPrepared(picture: Float32Array): Changed["read"] {
  return async (model: Model) => {
    const prediction = await model.predict(inputOf(model.manifest, picture));
    return prediction.label === null ? prediction : { ...prediction, picture };
  };
}
