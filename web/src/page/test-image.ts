// An image of the test set, as the pad takes it.
import type { Model } from "../runtime/types.ts";
import { say } from "./language.ts";
import type { ReferenceImage } from "../runtime/schema.ts";
import type { Placed } from "./state.ts";

export function placedTestImage(
  model: Model,
  { index, label }: Pick<ReferenceImage, "index" | "label">,
  picture: Float32Array,
): Placed {
  return { picture, index, labelIndex: label, caption: say.draw.testImage(index, model.labels[label] ?? "") };
}
