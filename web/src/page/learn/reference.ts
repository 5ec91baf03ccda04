// Test images of the version, to see how a lesson affects the answers for other drawings.
import { fail } from "../../runtime/errors.ts";
import { prepareImage } from "../../runtime/preprocess/all-steps.ts";
import type { Model } from "../../runtime/types.ts";
import { readImages, readJson } from "../files.ts";
import { answerOf, scoresOf, type Weights } from "./sgd.ts";

export interface Example {
  /** The model's own input. */
  readonly input: Float32Array;
  readonly label: number;
}

/**
 * @throws ModelError `network`, `integrity`, `manifest`: the files cannot be read, or do not match;
 *   `unsupported`: the browser cannot decompress them.
 */
export async function readExamples(model: Model): Promise<readonly Example[]> {
  const [{ height, width, images }, pictures] = await Promise.all([
    readJson(model, "reference"),
    readImages(model, "reference_images"),
  ]);
  if (pictures.length !== images.length) {
    fail("manifest", `reference_images must contain ${images.length} images`, pictures.length);
  }
  const steps = model.manifest.preprocess?.image ?? [];
  return images.map(({ label }, index) => ({
    input: prepareImage(pictures[index]!, { height, width, channels: 1 }, steps),
    label,
  }));
}

/** How many examples of each class are answered correctly. */
export function rightOf(weights: Weights, examples: readonly Example[]): readonly number[] {
  const right = Array.from(weights.bias, () => 0);
  for (const { input, label } of examples) {
    if (answerOf(scoresOf(weights, input)) === label) right[label]! += 1;
  }
  return right;
}
