// Images of the test set, from the files of a version beside its model.
import { fail } from "../../runtime/errors.ts";
import type { Model } from "../../runtime/types.ts";
import { hasFile, hasTestImages, readImages, readJson } from "../files.ts";
import { say } from "../language.ts";
import type { Mistake, ReferenceImage } from "../../runtime/schema.ts";
import type { Placed } from "../state.ts";

/**
 * Choose one of the reference images, but not number `last`.
 *
 * @throws ModelError `network`, `integrity`, `manifest`: the files cannot be read.
 */
export async function randomTestImage(model: Model, last: number | undefined): Promise<Placed> {
  const { images } = await readJson(model, "reference");
  const others = images.filter(({ index }) => index !== last);
  const chosen = others[Math.floor(Math.random() * others.length)] ?? images[0];
  if (!chosen) return fail("manifest", "reference.json must list at least one image", "none");
  return place(model, chosen, images.indexOf(chosen), "reference_images");
}

/**
 * Read the test image with that index.
 *
 * @returns null if the version does not include it, neither as a reference nor as a recorded
 * mistake.
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
    if (mistakes[position] && isKept)
      return place(model, mistakes[position], position, "mistake_images");
  }
  return null;
}

async function place(
  model: Model,
  { index, label }: ReferenceImage | Mistake,
  position: number,
  file: string,
): Promise<Placed> {
  const picture = (await readImages(model, file))[position];
  const name = model.labels[label];
  if (!picture || name === undefined) {
    return fail(
      "manifest",
      `${file} must contain an image of a known class`,
      `number ${position}, class ${label}`,
    );
  }
  return { picture, index, labelIndex: label, caption: say.draw.testImage(index, name) };
}
