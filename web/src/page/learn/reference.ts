// Test images of the version, to see how a lesson affects the answers for other drawings.
import { fail } from "../../runtime/errors.ts";
import { prepareImage } from "../../runtime/preprocess/all-steps.ts";
import type { Model } from "../../runtime/types.ts";
import { readImages, readJson } from "../files.ts";
import { answerOf, scoresOf, type Weights } from "../training/sgd.ts";

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

/** How many examples of a class are answered rightly. */
export interface Count {
  readonly images: number;
  readonly before: number;
  readonly now: number;
}

export interface Difference {
  /** One per class. */
  readonly classes: readonly Count[];
  readonly all: Count;
  /** Examples that were answered wrongly before and rightly now, and the other way round. */
  readonly gained: number;
  readonly lost: number;
}

/** What other weights do to the answers for the examples. */
export function differenceOf(first: Weights, weights: Weights, examples: readonly Example[]): Difference {
  const classes = Array.from(first.bias, () => ({ images: 0, before: 0, now: 0 }));
  const all = { images: examples.length, before: 0, now: 0 };
  let [gained, lost] = [0, 0];
  for (const { input, label } of examples) {
    const [before, now] = [first, weights].map((each) => answerOf(scoresOf(each, input)) === label);
    for (const count of [all, classes[label]!]) {
      count.before += Number(before);
      count.now += Number(now);
    }
    classes[label]!.images += 1;
    gained += Number(!before && now);
    lost += Number(before && !now);
  }
  return { classes, all, gained, lost };
}
