// Every number in the page's text comes from the manifest. In index.html, `data-fact` names an entry of the first table below,
// and `data-needs` hides what does not apply to the loaded model. `data-words` names one of the page's sentences about itself
// (words.ts). For whoever reports a fault, the version is an attribute of the page.
import type { Model } from "../runtime/types.ts";
import { setText } from "./dom.ts";
import type { Store } from "./state.ts";
import { pageWords, type PageWords } from "./words.ts";

type Fact = (model: Model) => string | null | undefined;

const FACTS: Readonly<Record<string, Fact>> = {
  name: ({ manifest }) => manifest.name,
};

const NEEDS: Readonly<Record<string, (model: Model) => boolean>> = {
  linear: ({ linear, manifest }) => linear !== null && manifest.input.image?.channels === 1,
};

/** An explanation is promised only where there is one. */
export const wordsOf = (model: Model): PageWords => pageWords(model.manifest, NEEDS["linear"]?.(model) === true);

export function mountFacts(root: ParentNode, store: Store): void {
  const each = (attribute: string, use: (element: HTMLElement, key: string) => void) => {
    for (const element of root.querySelectorAll<HTMLElement>(`[data-${attribute}]`)) {
      use(element, element.dataset[attribute] ?? "");
    }
  };
  store.watch(["model"], (state) => {
    const { model } = state;
    each("needs", (element, key) => {
      element.hidden = !model || NEEDS[key]?.(model) !== true;
    });
    if (!model) return;
    const words = wordsOf(model);
    each("words", (element, key) => {
      const sentence = words[key as keyof PageWords];
      if (element instanceof HTMLMetaElement) element.content = sentence;
      else setText(element, sentence);
    });
    each("fact", (element, key) => {
      element.textContent = FACTS[key]?.(model) ?? "";
    });
    document.documentElement.dataset["version"] = model.manifest.version;
  });
}
