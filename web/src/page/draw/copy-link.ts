// "Copy link": copies the page's address with the drawing and the model's name.
import { find } from "../dom.ts";
import { say } from "../language.ts";
import { addressWith } from "../models.ts";
import type { Store } from "../state.ts";
import { fragmentOf } from "./address.ts";
import type { PageDrawing } from "./page-drawing.ts";

const SHOWN_MS = 4000; // how long "Link copied" is shown

export function mountCopyLink(root: ParentNode, store: Store, drawing: PageDrawing): void {
  const button = find(root, ".copy-link");

  async function copy(): Promise<void> {
    const { model, entries } = store.state;
    const fragment = fragmentOf(drawing);
    // If there is only one model, its name is left out. Otherwise it is included, since the first one may change.
    const address = entries.length > 1 && model ? addressWith(model.manifest.name) : new URL(location.href);
    address.hash = fragment;
    const limitation = fragment === "" && !drawing.isBlank ? ` ${say.draw.notInLink}` : "";
    try {
      // Missing on plain http.
      await (navigator.clipboard as Clipboard | undefined)!.writeText(address.href);
      const note = `${say.draw.copied}${limitation}`;
      store.update({ note });
      setTimeout(() => {
        if (store.state.note === note) store.update({ note: "" });
      }, SHOWN_MS);
    } catch {
      store.update({ note: `${say.draw.notCopied}${limitation}` });
    }
  }

  button.addEventListener("click", () => void copy());
}
