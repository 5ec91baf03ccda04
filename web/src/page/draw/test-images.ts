// Real images of the test set, from the files that a version keeps beside its model.
import { fail } from "../../runtime/errors.ts";
import type { Model } from "../../runtime/types.ts";
import { hasFile, readImages, readJson } from "../files.ts";
import { withArticle } from "../format.ts";
import type { TestImage } from "../records.ts";
import type { Placed } from "../state.ts";

/** Whether `randomTestImage` has any to choose from. */
export const hasTestImages = (model: Model): boolean =>
  hasFile(model, "reference") && hasFile(model, "reference_images") && model.manifest.input.image?.channels === 1;

/**
 * One of the reference images, but not number `last`.
 *
 * @throws ModelError `network`, `integrity`, `manifest`: the files cannot be had.
 */
export async function randomTestImage(model: Model, last: number | undefined): Promise<Placed> {
  const { images } = await readJson(model, "reference");
  const others = images.filter(({ index }) => index !== last);
  const chosen = others[Math.floor(Math.random() * others.length)] ?? images[0];
  if (!chosen) return fail("manifest", "reference.json must list images", "none");
  return place(model, chosen, images.indexOf(chosen), "reference_images");
}

/**
 * The test image of that index.
 *
 * @returns null when the version keeps no such image: neither a reference nor one of its recorded mistakes.
 * @throws ModelError as above.
 */
export async function testImage(model: Model, index: number): Promise<Placed | null> {
  if (hasTestImages(model)) {
    const { images } = await readJson(model, "reference");
    const position = images.findIndex((image) => image.index === index);
    if (images[position]) return place(model, images[position], position, "reference_images");
  }
  if (hasFile(model, "evaluation") && hasFile(model, "mistake_images")) {
    const { mistakes } = await readJson(model, "evaluation");
    const position = mistakes.findIndex((mistake) => mistake.index === index);
    const isKept = position < (await readImages(model, "mistake_images")).length;
    if (mistakes[position] && isKept) return place(model, mistakes[position], position, "mistake_images");
  }
  return null;
}

async function place(model: Model, { index, label }: TestImage, position: number, file: string): Promise<Placed> {
  const picture = (await readImages(model, file))[position];
  const name = model.labels[label];
  if (!picture || name === undefined) {
    return fail("manifest", `${file} must hold an image of a known class`, `number ${position}, class ${label}`);
  }
  return { picture, index, labelIndex: label, caption: `Test image ${index}, ${withArticle(name)}` };
}
