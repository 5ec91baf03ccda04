// Facts about the model in index.html: `data-words` names one of the page's sentences about itself (words.ts), `data-needs` hides
// what needs a model that is `linear`, or one with several `rows` for each class. For reports of faults, the version is an attribute of the page.
import { setText } from "./dom.ts";
import type { Store } from "./state.ts";
import { stylesOf } from "./subject.ts";
import { pageWords, type PageWords } from "./words.ts";

export function mountFacts(root: ParentNode, store: Store): void {
  const all = (selector: string) => root.querySelectorAll<HTMLElement>(selector);
  store.watch(["model"], ({ model }) => {
    if (!model) return; // all panels may be shown
    const styles = stylesOf(model);
    for (const element of all("[data-needs]")) {
      element.hidden = element.dataset["needs"] === "rows" ? styles === 0 : styles !== 1;
    }
    const words = pageWords(model.manifest, styles === 1);
    for (const element of all("[data-words]")) {
      const sentence = words[element.dataset["words"] as keyof PageWords];
      if (element instanceof HTMLMetaElement) element.content = sentence;
      else setText(element, sentence);
    }
    document.documentElement.dataset["version"] = model.manifest.version;
  });
}
