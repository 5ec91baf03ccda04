// A button that puts a test image on the pad that the model misreads: there a step has something to change.
import type { Model } from "../../runtime/types.ts";
import { create, createButton } from "../dom.ts";
import { bytesOf, hasFile, readImages, readJson } from "../files.ts";
import { kilobytes } from "../format.ts";
import { say } from "../language.ts";
import { failureNote } from "../loading.ts";
import type { Mistake } from "../../runtime/schema.ts";
import type { Store } from "../state.ts";
import { placedTestImage } from "../test-image.ts";

/** The share of the truth that makes a good lesson: some steps turn the answer, one does not. */
const GOOD = 0.25;

/** The mistakes in the order in which they are offered, each with its place in the file of images. */
export function offered(mistakes: readonly Mistake[]): readonly (Mistake & { readonly place: number })[] {
  const far = ({ label_probability: share }: Mistake) => Math.abs(share - GOOD);
  return mistakes.map((mistake, place) => ({ ...mistake, place })).sort((a, b) => far(a) - far(b));
}

/** @returns null if the version has no such images. */
export function createMisread(model: Model, store: Store): HTMLElement | null {
  if (!hasFile(model, "evaluation") || !hasFile(model, "mistake_images") || !model.manifest.input.image) return null;
  const size = kilobytes(bytesOf(model, "evaluation", "mistake_images"));
  const state = create("div", "misread-state");
  state.setAttribute("role", "status");
  const button = createButton("action misread-image", () => void place(), say.learn.misread.button(size));
  let next = 0;
  let busy = false;

  async function place(): Promise<void> {
    if (busy) return;
    busy = true;
    try {
      const [{ mistakes }, pictures] = await Promise.all([
        readJson(model, "evaluation"),
        readImages(model, "mistake_images"),
      ]);
      const kept = offered(mistakes.slice(0, pictures.length));
      const mistake = kept[next % kept.length];
      const picture = pictures[mistake?.place ?? -1];
      if (mistake && picture && store.state.model === model) {
        next += 1;
        store.update({ placed: placedTestImage(model, mistake, picture) });
      }
      state.replaceChildren();
    } catch (error) {
      state.replaceChildren(failureNote(say.learn.misread.failed, error, () => void place()));
    }
    busy = false;
  }
  return create("div", "misread", button, state);
}
