// What the parts of this panel have in common.
import type { Model } from "../../runtime/types.ts";
import { create } from "../dom.ts";
import type { Store } from "../state.ts";

/** Builds one part for one model; null when the model lacks what the part tells about. A new part is a file and a line in
 * quality.ts. */
export type Part = (model: Model, store: Store) => HTMLElement | null;

/** A part with its title; `className` decides its width in the panel's grid. */
export function part(title: string, className: string, ...children: (Node | string)[]): HTMLElement {
  return create("section", `part ${className}`, create("h3", "", title), ...children);
}

/** Terms and their numbers: a table of two columns without a head. */
export function numbers(
  caption: string,
  rows: readonly (readonly [term: string, value: Node | string])[],
): HTMLElement {
  const body = rows.map(([term, value]) => {
    const header = create("th", "", term);
    header.scope = "row";
    return create("tr", "", header, create("td", "", value));
  });
  return create("div", "numbers", create("table", "", create("caption", "", caption), create("tbody", "", ...body)));
}
