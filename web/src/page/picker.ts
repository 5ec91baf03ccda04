// The model menu and the comparison of all models, shown if more than one is published.
import { createOption, find } from "./dom.ts";
import { say } from "./language.ts";
import { choose } from "./models.ts";
import { openPanel } from "./panels.ts";
import type { Store } from "./state.ts";

export function mountPicker(root: ParentNode, store: Store): void {
  const label = find(root, ".picker");
  const select = find(label, "select", HTMLSelectElement);

  store.watch(["entries", "chosen"], ({ entries, chosen }) => {
    const known = chosen === null || entries.some((entry) => entry.name === chosen);
    label.hidden = entries.length === 0 || (entries.length === 1 && known);
    const options = entries.map((entry) => createOption(entry.name, entry.name));
    // The address names a model that is not published: do not choose one for the visitor.
    if (!known) options.unshift(createOption("", say.page.pickModel));
    select.replaceChildren(...options);
    select.value = known ? (chosen ?? entries[0]?.name ?? "") : "";
  });
  select.addEventListener("change", () => {
    if (select.value !== "") choose(store, select.value);
  });
  offerComparison(root, store);
}

/** Its code and the other models are fetched when the visitor opens it. */
function offerComparison(root: ParentNode, store: Store): void {
  const details = find(root, ".compare", HTMLDetailsElement);
  const place = find(details, "div");
  let mounted = false;
  // Not before there is an answer to compare with: nothing may move when the model arrives.
  store.watch(["entries", "model"], ({ entries, model }) => {
    if (model) details.hidden = entries.length < 2;
  });
  details.addEventListener("toggle", () => {
    if (mounted || !details.open) return;
    mounted = true;
    void openPanel(place, store, () => import("./compare/compare.ts"));
  });
}
