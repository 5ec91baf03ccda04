// Shared by the parts of this panel.
import type { Model } from "../../runtime/types.ts";
import { create, createHeader } from "../dom.ts";
import type { Store } from "../state.ts";

/** Builds one part for a model; null if the model has nothing to show there. A new part is a file and a line in quality.ts. */
export type Part = (model: Model, store: Store) => HTMLElement | null;

/** A part with its title; `className` decides its width in the panel's grid. */
export function part(title: string, className: string, ...children: (Node | string)[]): HTMLElement {
  return create("section", `part ${className}`, create("h3", "", title), ...children);
}

/** Terms and numbers: a table of two columns without column headers. */
export function numbers(
  caption: string,
  rows: readonly (readonly [term: string, value: Node | string])[],
): HTMLElement {
  const body = rows.map(([term, value]) => create("tr", "", createHeader("row", term), create("td", "", value)));
  return create("div", "numbers", create("table", "", create("caption", "", caption), create("tbody", "", ...body)));
}
