// The model menu, shown if more than one is published.
import { find } from "./dom.ts";
import { say } from "./language.ts";
import { choose } from "./models.ts";
import type { Store } from "./state.ts";

export function mountPicker(root: ParentNode, store: Store): void {
  const label = find(root, ".picker");
  const select = find(label, "select", HTMLSelectElement);

  store.watch(["entries", "chosen"], ({ entries, chosen }) => {
    const known = chosen === null || entries.some((entry) => entry.name === chosen);
    label.hidden = entries.length === 0 || (entries.length === 1 && known);
    const titles = entries.map(({ name, title }) => (typeof title === "string" ? title : name));
    const options = entries.map(({ name }, place) => {
      const title = titles[place] ?? name;
      return new Option(
        titles.indexOf(title) === titles.lastIndexOf(title) ? title : `${title} (${name})`,
        name,
      );
    });
    // The address names a model that is not published: do not choose one for the visitor.
    if (!known) options.unshift(new Option(say.page.pickModel, ""));
    select.replaceChildren(...options);
    select.value = known ? (chosen ?? entries[0]?.name ?? "") : "";
  });
  select.addEventListener("change", () => {
    if (select.value !== "") choose(store, select.value);
  });
}
