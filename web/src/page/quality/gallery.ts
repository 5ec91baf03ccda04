// Misclassified test images. Each of them leads to the pad.
import { isDarkOnBright } from "../../runtime/manifest.ts";
import type { Mistake } from "../../runtime/schema.ts";
import type { Model } from "../../runtime/types.ts";
import { create } from "../dom.ts";
import { bytesOf, readImages } from "../files.ts";
import { kilobytes, percent, whole } from "../format.ts";
import { say } from "../language.ts";
import { showWhenLoaded } from "../loading.ts";
import { createPixels } from "../pixels.ts";

/**
 * The mistakes of one cell, most confident first, each with its position in the file of their
 * images.
 */
export const mistakesOf = (mistakes: readonly Mistake[], label: number, predicted: number) =>
  mistakes
    .map((mistake, place) => ({ ...mistake, place }))
    .filter((mistake) => mistake.label === label && mistake.predicted === predicted)
    .sort((a, b) => b.probability - a.probability);

type Shown = ReturnType<typeof mistakesOf>;

function item(model: Model, mistake: Shown[number], picture: Float32Array): HTMLElement {
  const { height = 1, width = 1 } = model.manifest.input.image ?? {};
  const isPhoto = isDarkOnBright(model.manifest) || picture.length > width * height;
  const image = createPixels(isPhoto ? "photo" : "ink");
  const read = model.labels[mistake.predicted] ?? "";
  const share = percent(mistake.probability, 0);
  const link = create(
    "a",
    "card mistake",
    image.frame,
    create("span", "gallery-words", create("b", "", read), ` ${share}`),
  );
  link.href = `./${location.search}#test=${mistake.index}`;
  const name = say.draw.testImage(mistake.index, model.labels[mistake.label] ?? "");
  image.show({ height, width }, picture, 1, name);
  link.setAttribute("aria-label", say.quality.gallery.send(`${read} ${share}`, name));
  return create("li", "", link);
}

/** @param title Heading for these mistakes. */
export function showGallery(
  place: HTMLElement,
  model: Model,
  title: string,
  mistakes: Shown,
): void {
  const words = say.quality.gallery;
  void showWhenLoaded(
    place,
    words.images(kilobytes(bytesOf(model, "mistake_images"))),
    () => readImages(model, "mistake_images"),
    (pictures) => {
      const items = mistakes.flatMap((mistake) => {
        const picture = pictures[mistake.place];
        return picture ? [item(model, mistake, picture)] : [];
      });
      const missing = mistakes.length - items.length;
      return [
        create("h3", "gallery-title", title),
        create("p", "explains", words.hint),
        create("ol", "gallery-list", ...items),
        ...(missing > 0 ? [create("p", "explains", words.missing(whole(missing)))] : []),
      ];
    },
  );
}
