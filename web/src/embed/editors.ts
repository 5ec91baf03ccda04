// What editors and frameworks read about the element, generated from describe.ts for the npm package. Not part of embed.js.
import * as about from "./describe.ts";
import type { Row } from "./describe.ts";

type Table = Readonly<Record<string, Row>>;

const CLASS = "SketchClassifierElement";
const SUMMARY = "A drawing pad with a model that classifies the drawing as it is drawn.";

const listed = <T>(table: Table, item: (name: string, row: Row) => T): T[] =>
  Object.entries(table).map(([name, row]) => item(name, row));

const typed = ({ type, ...row }: Row) => ({ ...row, ...(type !== undefined && { type: { text: type } }) });

/** `custom-elements.json`, schema 2.1.0, which editors and documentation tools read. */
export function customElementsManifest(): unknown {
  const named = (table: Table) => listed(table, (name, row) => ({ name, ...typed(row) }));
  const declaration = {
    kind: "class",
    customElement: true,
    name: CLASS,
    tagName: about.TAG,
    superclass: { name: "HTMLElement" },
    description: SUMMARY,
    attributes: listed(about.ATTRIBUTES, (name, row) => ({ name, fieldName: name, ...typed(row) })),
    members: [
      ...listed(about.PROPERTIES, (name, row) => ({
        kind: "field",
        name,
        readonly: row.description.startsWith("Read-only."),
        ...typed(row),
      })),
      ...listed(about.METHODS, (name, { description }) => ({ kind: "method", name, description })),
    ],
    events: named(about.EVENTS),
    slots: named(about.SLOTS),
    cssParts: named(about.PARTS),
    cssStates: named(about.STATES),
    cssProperties: listed(about.CSS_PROPERTIES, (name, { type: syntax, ...row }) => ({ name, syntax, ...row })),
  };
  const path = "element.js";
  return {
    schemaVersion: "2.1.0",
    modules: [
      {
        kind: "javascript-module",
        path,
        declarations: [declaration],
        exports: [{ kind: "js", name: CLASS, declaration: { name: CLASS, module: path } }],
      },
    ],
  };
}
