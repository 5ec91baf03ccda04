// Facts about the model: `data-words` names one of the page's sentences about itself (words.ts),
// `data-needs` hides what needs a
// `linear` model, several `rows` for each class, or `drawings`. For reports of faults, the version
// is an attribute of the page.
import { takesDrawings } from "../runtime/manifest.ts";
import { setText } from "./dom.ts";
import type { Store } from "./state.ts";
import { stylesOf } from "./subject.ts";
import { pageWords, type PageWords } from "./words.ts";

export function mountFacts(root: ParentNode, store: Store): void {
  const all = (selector: string) => root.querySelectorAll<HTMLElement>(selector);
  store.watch(["model"], ({ model }) => {
    if (!model) return; // all panels may be shown
    const styles = stylesOf(model);
    const has = { rows: styles > 0, linear: styles === 1, drawings: takesDrawings(model.manifest) };
    for (const element of all("[data-needs]"))
      element.hidden = !has[element.dataset["needs"] as keyof typeof has];
    const words = pageWords(model.manifest, styles === 1);
    for (const element of all("[data-words]")) {
      const sentence = words[element.dataset["words"] as keyof PageWords];
      if (element instanceof HTMLMetaElement) element.content = sentence;
      else setText(element, sentence);
    }
    document.documentElement.dataset["version"] = model.manifest.version;
  });
}
