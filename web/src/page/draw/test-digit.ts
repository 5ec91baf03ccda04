// "Test digit": a real image of the test set on the pad. What other panels place there is kept in order here too.
import { find, setText } from "../dom.ts";
import { areDigits } from "../format.ts";
import type { Placed, Store } from "../state.ts";
import { BLANK, type Drawing } from "./drawing.ts";
import { hasTestImages, randomTestImage } from "./test-images.ts";

export function mountTestDigit(root: ParentNode, store: Store, drawing: Drawing): void {
  const button = find(root, ".test-digit");
  const word = find(button, "span");
  /** The data set that a placed image is from, by its digest. */
  const origins = new WeakMap<Placed, string>();
  let isBusy = false;

  store.watch(["model"], ({ model }) => {
    if (!model) return; // while another one is loaded, nothing moves
    button.hidden = !hasTestImages(model);
    setText(word, areDigits(model.labels) ? "Test digit" : "Test image");
  });

  // An image of one data set means nothing to a model of another: its place is empty again.
  store.watch(["placed", "model"], ({ placed, model }) => {
    if (!placed || !model) return;
    const digest = model.manifest.data?.digest ?? model.url;
    const origin = origins.get(placed) ?? digest;
    origins.set(placed, origin);
    if (origin === digest) return;
    drawing.replace(BLANK);
    store.update({ note: "The test image was taken away: this model was trained on other data." });
  });

  async function lay(): Promise<void> {
    const { model, placed } = store.state;
    if (!model || isBusy) return;
    isBusy = true;
    button.setAttribute("aria-busy", "true");
    try {
      const next = await randomTestImage(model, placed?.index);
      if (store.state.model === model) store.update({ placed: next });
    } catch (error) {
      console.error(error); // for whoever runs the site
      store.update({ note: "The test images could not be loaded. Check your connection and try again." });
    } finally {
      isBusy = false;
      button.removeAttribute("aria-busy");
    }
  }
  button.addEventListener("click", () => void lay());
}
