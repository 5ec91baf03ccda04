// Shared by the parts of this panel.
import type { Evaluation } from "../../runtime/schema.ts";
import type { Model } from "../../runtime/types.ts";
import { create, createHeader } from "../dom.ts";

/**
 * Builds a part's content below its heading in quality.html; null if there is none. A new part is a
 * file, a section of that page and a line in quality.ts.
 */
export type Part = (model: Model) => readonly HTMLElement[] | null;

/** Likewise, of a model that was evaluated. */
export type EvaluationPart = (
  model: Model,
  evaluation: Evaluation,
) => readonly HTMLElement[] | null;

/**
 * Terms and numbers: a table of two columns without column headers; with the caption "" the heading
 * above is its own.
 */
export function numbers(
  caption: string,
  rows: readonly (readonly [term: string, value: Node | string])[],
): HTMLElement {
  const body = rows.map(([term, value]) =>
    create("tr", "", createHeader("row", term), create("td", "", value)),
  );
  return create(
    "div",
    "numbers",
    create(
      "table",
      "",
      ...(caption ? [create("caption", "", caption)] : []),
      create("tbody", "", ...body),
    ),
  );
}
