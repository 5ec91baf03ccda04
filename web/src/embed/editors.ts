// Descriptions of the element for editors and frameworks, generated from describe.ts for the npm package. Not part of embed.js.
import * as about from "./describe.ts";
import type { Row } from "./describe.ts";

type Table = Readonly<Record<string, Row>>;

const CLASS = "SketchClassifierElement";
const SUMMARY = "A drawing pad with a model that classifies the drawing as it is drawn.";

const listed = <T>(table: Table, item: (name: string, row: Row) => T): T[] =>
  Object.entries(table).map(([name, row]) => item(name, row));

const typed = ({ type, ...row }: Row) => ({ ...row, ...(type !== undefined && { type: { text: type } }) });

/** The property that reflects an attribute; `value` and `value-as` have none. */
const fieldOf = (attribute: string) =>
  attribute.startsWith("value") ? {} : { fieldName: attribute === "readonly" ? "readOnly" : attribute };

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
    attributes: listed(about.ATTRIBUTES, (name, row) => ({ name, ...fieldOf(name), ...typed(row) })),
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

const members = listed(about.ATTRIBUTES, (name, { description, type = "string" }) => {
  const key = /^\w+$/.test(name) ? name : JSON.stringify(name);
  return `  /** ${description} */\n  ${key}?: ${name === "texts" ? "string | Partial<Texts>" : type} | undefined;\n`;
});

/** Attributes that a framework's templates add: `prefixed` is how they name the handler of an event. */
const additions = (prefixed: string): string => `import type { SketchClassifierElement } from "./embed/element.js";
import type { SketchClassifierOwnEvents } from "./embed/events.js";
import type { SketchClassifierAttributes } from "./attributes.js";

export type Handlers = {
  [Name in keyof SketchClassifierOwnEvents as ${prefixed}]?:
    | ((event: SketchClassifierOwnEvents[Name]) => unknown)
    | undefined;
};
`;

/** Declarations for the templates of frameworks, in the package's types/: file → text. */
export const DECLARATIONS: Readonly<Record<string, string>> = {
  "attributes.d.ts": `import type { Texts } from "./embed/words.js";

export interface SketchClassifierAttributes {
${members.join("")}}
`,
  // React 19 hears events by their own names.
  "react.d.ts": `import type { DetailedHTMLProps, HTMLAttributes } from "react";
${additions("`on${Name}`")}
type Own = SketchClassifierAttributes & Handlers & { readOnly?: boolean | undefined };
type Common = DetailedHTMLProps<HTMLAttributes<SketchClassifierElement>, SketchClassifierElement>;

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "${about.TAG}": Own & Omit<Common, keyof Own>;
    }
  }
}
`,
  "vue.d.ts": `import type { DefineComponent, HTMLAttributes } from "vue";
${additions("`on${Capitalize<Name>}`")}
type Own = SketchClassifierAttributes & Handlers;

declare module "vue" {
  interface GlobalComponents {
    "${about.TAG}": DefineComponent<Own & Omit<HTMLAttributes, keyof Own>>;
  }
}
`,
  // Version 5 and 4.
  "svelte.d.ts": `import type { HTMLAttributes } from "svelte/elements";
${additions("`on${Name}` | `on:${Name}`")}
type Own = SketchClassifierAttributes & Handlers;

declare module "svelte/elements" {
  interface SvelteHTMLElements {
    "${about.TAG}": Own & Omit<HTMLAttributes<SketchClassifierElement>, keyof Own>;
  }
}
`,
};
