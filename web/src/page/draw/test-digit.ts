// "Test digit", "Test shape": puts an image of the test set on the pad. Also removes one that does
// not belong to the current model.
import { BLANK } from "../../pad/drawing.ts";
import { find, setText } from "../dom.ts";
import { hasTestImages } from "../files.ts";
import { say } from "../language.ts";
import type { Placed, Store } from "../state.ts";
import { oneTestImage } from "../words.ts";
import type { PageDrawing } from "./page-drawing.ts";
import { randomTestImage } from "./test-images.ts";

export function mountTestDigit(root: ParentNode, store: Store, drawing: PageDrawing): void {
  const button = find(root, ".test-digit");
  const word = find(button, "span");
  /** Digest of the data set that an image on the pad comes from. */
  const origins = new WeakMap<Placed, string>();
  let isBusy = false;

  store.watch(["model"], ({ model }) => {
    if (!model) return; // nothing moves while another model is loading
    button.hidden = !hasTestImages(model);
    setText(word, oneTestImage(model.manifest));
  });

  // An image of one data set means nothing to a model of another: it is removed.
  store.watch(["placed", "model"], ({ placed, model }) => {
    if (!placed || !model) return;
    const digest = model.manifest.data?.digest ?? model.url;
    const origin = origins.get(placed) ?? digest;
    origins.set(placed, origin);
    if (origin === digest) return;
    drawing.replace(BLANK);
    store.update({ note: say.draw.testRemoved });
  });

  async function show(): Promise<void> {
    const { model, placed } = store.state;
    if (!model || isBusy) return;
    isBusy = true;
    button.setAttribute("aria-busy", "true");
    try {
      const next = await randomTestImage(model, placed?.index);
      if (store.state.model === model) store.update({ placed: next });
    } catch (error) {
      console.error(error); // for the site's maintainer
      store.update({ note: say.draw.testsUnloaded });
    } finally {
      isBusy = false;
      button.removeAttribute("aria-busy");
    }
  }
  button.addEventListener("click", () => void show());
}
