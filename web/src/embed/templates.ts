// Types of the element for the templates of frameworks, generated from describe.ts for the npm
// package. Not part of embed.js.
import * as about from "./describe.ts";

const members = Object.entries<about.Row>(about.ATTRIBUTES).map(
  ([name, { description, type = "string" }]) => {
    const key = /^\w+$/.test(name) ? name : JSON.stringify(name);
    return `  /** ${description} */\n  ${key}?: ${name === "texts" ? "string | Partial<Texts>" : type} | undefined;\n`;
  },
);

/**
 * Attributes that a framework's templates add: `prefixed` is how they name the handler of an event.
 */
const additions = (
  prefixed: string,
): string => `import type { SketchClassifierElement } from "./embed/element.js";
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
