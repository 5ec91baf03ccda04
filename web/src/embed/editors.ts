// What editors and frameworks read about the element, generated from describe.ts for the npm package. Not part of embed.js.
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

/** What VS Code's `html.customData` takes. */
export function htmlCustomData(): unknown {
  const valuesOf = ({ type = "" }: Row) => Array.from(type.matchAll(/"([^"]+)"/g), ([, name]) => ({ name }));
  const attributes = listed(about.ATTRIBUTES, (name, row) => ({
    name,
    description: row.description,
    ...(row.type === "boolean" ? { valueSet: "v" } : {}), // an attribute without a value
    ...(valuesOf(row).length > 0 ? { values: valuesOf(row) } : {}),
  }));
  return { version: 1.1, tags: [{ name: about.TAG, description: SUMMARY, attributes }] };
}

/** `web-types.json`, which JetBrains' editors read. */
export function webTypes(version: string): unknown {
  const named = (table: Table) => listed(table, (name, { description }) => ({ name, description }));
  const valued = ({ type, default: initial }: Row) => ({
    ...(type !== undefined && { value: { type } }),
    ...(initial !== undefined && { default: initial }),
  });
  const element = {
    name: about.TAG,
    description: SUMMARY,
    attributes: listed(about.ATTRIBUTES, (name, row) => ({
      name,
      description: row.description,
      ...valued(row),
    })),
    slots: named(about.SLOTS),
    js: {
      properties: listed({ ...about.ATTRIBUTES, ...about.PROPERTIES }, (name, { description, type }) => ({
        name,
        description,
        ...valued({ description, ...(type !== undefined && { type }) }),
      })),
      events: named(about.EVENTS),
    },
    css: {
      properties: named(about.CSS_PROPERTIES),
      parts: named(about.PARTS),
      "pseudo-classes": named(
        Object.fromEntries(Object.entries(about.STATES).map(([name, row]) => [`state(${name})`, row])),
      ),
    },
  };
  return {
    $schema: "https://raw.githubusercontent.com/JetBrains/web-types/master/schema/web-types.json",
    name: about.TAG,
    version,
    "description-markup": "markdown",
    "js-types-syntax": "typescript",
    contributions: { html: { elements: [element] } },
  };
}

const HEAD = "// Generated. Import it for its types only, where a page is written: nothing runs.\n";
const IMPORTS = `import type { ${CLASS}, SketchClassifierOwnEvents, Texts } from "./embed/embed.js";\n`;

/** The attributes as the members of an interface; a page may leave out each of them. */
function members(): string {
  const lines = listed(about.ATTRIBUTES, (name, { description, type = "string" }) => {
    const own = name === "texts" ? "string | Partial<Texts>" : type;
    const key = /^\w+$/.test(name) ? name : `"${name}"`;
    return `  /** ${description} */\n  ${key}?: ${own} | undefined;\n`;
  });
  return lines.join("");
}

const handlers = (prefix: string): string =>
  listed(
    about.EVENTS,
    (name, { description }) =>
      `  /** ${description} */\n  ${prefix}${name}?: ((event: SketchClassifierOwnEvents["${name}"]) => void) | undefined;\n`,
  ).join("");

/** Declarations for a framework's templates: file → text. */
export const FRAMEWORKS: Readonly<Record<"react" | "vue" | "svelte", string>> = {
  // React 19 sets properties and hears events by their own names.
  react: `${HEAD}${IMPORTS}import type { ClassAttributes, HTMLAttributes } from "react";

export interface SketchClassifierProps
  extends ClassAttributes<${CLASS}>,
    Omit<HTMLAttributes<${CLASS}>, keyof SketchClassifierAttributes> {
  children?: React.ReactNode;
}
export interface SketchClassifierAttributes {
${members()}  readOnly?: boolean | undefined;
${handlers("on")}}
export interface SketchClassifierProps extends SketchClassifierAttributes {}

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "${about.TAG}": SketchClassifierProps;
    }
  }
}
`,
  vue: `${HEAD}${IMPORTS}import type { DefineComponent, HTMLAttributes } from "vue";

export interface SketchClassifierAttributes {
${members()}${handlers("on").replaceAll(/ {2}on(\w)/g, (_, first: string) => `  on${first.toUpperCase()}`)}}

declare module "vue" {
  interface GlobalComponents {
    "${about.TAG}": DefineComponent<SketchClassifierAttributes & Omit<HTMLAttributes, keyof SketchClassifierAttributes>>;
  }
}
`,
  svelte: `${HEAD}${IMPORTS}import type { HTMLAttributes } from "svelte/elements";

export interface SketchClassifierAttributes
  extends Omit<HTMLAttributes<${CLASS}>, keyof SketchClassifierOwn> {}
export interface SketchClassifierOwn {
${members()}${handlers("on")}${handlers("on:").replaceAll(/ {2}(on:\w+)/g, '  "$1"')}}
export interface SketchClassifierAttributes extends SketchClassifierOwn {}

declare module "svelte/elements" {
  interface SvelteHTMLElements {
    "${about.TAG}": SketchClassifierAttributes;
  }
}
`,
};
