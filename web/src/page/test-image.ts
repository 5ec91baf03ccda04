// An image of the test set, as the pad takes it.
import type { Model } from "../runtime/types.ts";
import { withArticle } from "./format.ts";
import { say } from "./language.ts";
import type { TestImage } from "./records.ts";
import type { Placed } from "./state.ts";

export function placedTestImage(model: Model, { index, label }: TestImage, picture: Float32Array): Placed {
  const name = model.labels[label] ?? "";
  return { picture, index, labelIndex: label, caption: say.common.testImage(index, name, withArticle(name)) };
}
