// Use it: code to copy, downloads, and whose work it is made from.
import type { Model } from "../../runtime/types.ts";
import { copyBlock } from "../copy.ts";
import { create, find } from "../dom.ts";
import type { Store } from "../state.ts";
import { downloadTable, rightsOf } from "./downloads.ts";
import { hosted, hostingOf, type Hosting } from "./hosting.ts";
import { integrityOf, pinnedModules } from "./pinned.ts";
import { placeOf, snippetsOf } from "./snippets.ts";
import "./use.css";

export function mount(section: HTMLElement, store: Store): void {
  const [snippets, downloads] = [find(section, ".snippets"), find(section, ".downloads-place")];
  store.watch(["model"], ({ model }) => {
    if (!model) return;
    void integrityOf(model.url).then((integrity) => {
      if (store.state.model !== model) return;
      const hosting = hostingOf(document.baseURI, store.state.baseUrl);
      snippets.replaceChildren(...adviceOf(hosting), ...blocksOf(model, integrity, hosting));
      const rights = rightsOf(model.manifest);
      downloads.replaceChildren(
        downloadTable(model.manifest, model.url),
        ...(rights ? [create("p", "", rights)] : []),
      );
    });
  });
}

function adviceOf({ advice }: Hosting): readonly HTMLElement[] {
  const words = advice
    .split("`")
    .map((text, index) => (index % 2 === 1 ? create("code", "", text) : text));
  return advice ? [create("p", "notice", ...words)] : [];
}

/** @param integrity Hash of the manifest, or null. */
function blocksOf(
  { manifest, url }: Model,
  integrity: string | null,
  hosting: Hosting,
): readonly HTMLElement[] {
  const there = hosted(url, document.baseURI, hosting);
  const place = placeOf(manifest, hosting.base, there, integrity, pinnedModules());
  return snippetsOf(place).map(({ title, code, note = "" }, index) => {
    const block = copyBlock(title, code, note);
    const fold = create("details", "fold", create("summary", "", find(block, "h3")), block);
    fold.open = index === 0;
    return fold;
  });
}
