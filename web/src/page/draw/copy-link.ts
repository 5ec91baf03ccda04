// "Copy link": the page's address with the drawing and the model's name.
import { find } from "../dom.ts";
import { addressWith } from "../models.ts";
import type { Store } from "../state.ts";
import { fragmentOf } from "./address.ts";
import { isBlank, type Drawing } from "./drawing.ts";

const SHOWN_MS = 4000; // how long "Link copied" lies on the drawing

export function mountCopyLink(root: ParentNode, store: Store, drawing: Drawing): void {
  const button = find(root, ".copy-link");
  const field = find(root, ".link-text", HTMLInputElement);

  async function copy(): Promise<void> {
    const { model, entries } = store.state;
    const fragment = fragmentOf(drawing.sheet);
    // Where there is one model, its name is left out. Where there are more, the first one may be another tomorrow.
    const address = entries.length > 1 && model ? addressWith(model.manifest.name) : new URL(location.href);
    address.hash = fragment;
    const holds = fragment === "" && !isBlank(drawing.sheet) ? " It does not hold what is on the pad." : "";
    try {
      // Missing on plain http.
      await (navigator.clipboard as Clipboard | undefined)!.writeText(address.href);
      const note = `Link copied.${holds}`;
      store.update({ note });
      setTimeout(() => {
        if (store.state.note === note) store.update({ note: "" });
      }, SHOWN_MS);
    } catch {
      field.value = address.href;
      field.hidden = false;
      field.focus();
      field.select();
      store.update({ note: `This browser does not let the page copy. Copy the link below.${holds}` });
    }
  }

  button.addEventListener("click", () => void copy());
  field.addEventListener("blur", () => {
    field.hidden = true;
  });
}
