// The element as a table: the custom-elements manifest, the documentation page and the package's README are made of it.
// No part of embed.js. Tests hold it against the element itself.
import type { SketchClassifierOwnEvents } from "./events.ts";
import type { Texts } from "./words.ts";

/** Each with what it says to a reader, as Markdown without blocks. */
type Table<Key extends string = string> = Readonly<Record<Key, string>>;

export const TAG = "sketch-classifier";

export const ATTRIBUTES = {
  src: "Address of a `latest.json`, to follow new versions, or of one version’s `manifest.json`. Relative ones start at the page.",
  alt: "Name of the whole, for those who listen. Left out, the model’s name.",
  loading: "`lazy` waits until the element comes near the window. `eager`, or left out, loads at once.",
  theme: "`light` or `dark`. `auto`, or left out, draws in the page’s own text colour on the page’s own background.",
  format: "Id of one of the formats in the manifest. Left out, the smallest one that was verified.",
  explain:
    "Shows which pixels speak for the answer and which against it. Only linear models can be explained, and none of colours.",
  labels: "As many labels as the model has, separated by commas, to show in place of its own.",
  texts: "JSON with words in place of the English ones; what is left out stays English.",
} as const satisfies Table;

export const PROPERTIES = {
  model: "What `load()` returns; `null` until the `load` event.",
  prediction: "The latest answer; `null` while the pad is empty.",
} as const satisfies Table;

export const METHODS = {
  clear: "Empties the pad.",
  undo: "Takes back the last stroke, or the clearing.",
  reload: "Loads the model again, past the browser’s cache.",
} as const satisfies Table;

export const EVENTS = {
  load: "The model is there. `detail` is the model.",
  progress: "A piece of the model has arrived. `detail` is `{ loaded, total }` in bytes.",
  error:
    "The model cannot be loaded, or fails. `detail` is a `ModelError` with a `code`. Unless it is cancelled, the console says why.",
  predict: "The drawing has an answer: while it is drawn, with each frame. `detail` is the prediction. Bubbles.",
  clear: "The pad has become empty. Bubbles.",
} as const satisfies Table<keyof SketchClassifierOwnEvents>;

export const SLOTS = {
  "": "Shown until the model is there, and when it cannot be loaded.",
  hint: "On the empty pad.",
  undo: "In the undo button.",
  clear: "In the clear button.",
} as const satisfies Table;

export const PARTS = {
  pad: "The paper.",
  canvas: "What is drawn on it.",
  cursor: "The keyboard’s place on the pad.",
  hint: "The words on the empty pad.",
  buttons: "The row under the pad.",
  button: "Undo, clear, “choose a picture” and “try again”.",
  message: "What is said while the model loads, or when it cannot.",
  bars: "The list of answers.",
  bar: "One answer.",
  winner: "The most probable one, besides `bar`.",
  label: "Its label.",
  track: "Its scale.",
  fill: "Its probability, as a length.",
  value: "Its probability, in figures.",
  picture: "What the model sees, and the explanation.",
} as const satisfies Table;

export const CSS_PROPERTIES = {
  "--sketch-ink": "Strokes and text. Left out, the page’s text colour.",
  "--sketch-paper": "Behind the strokes. Left out, nothing.",
  "--sketch-accent": "The most probable answer, and the keyboard’s focus.",
  "--sketch-line": "Borders, and the other bars.",
  "--sketch-radius": "Of the corners.",
  "--sketch-font": "Font family. Left out, the page’s.",
} as const satisfies Table;

export const TEXTS = {
  hint: "On the empty pad.",
  pad: "Name of the pad, for those who listen.",
  undo: "Button.",
  clear: "Button.",
  choose: "Button, where the model takes photos.",
  photo: "On the empty pad of such a model, and its name for those who listen.",
  unreadable: "When a file is no picture.",
  loading: "While the model loads; `{percent}` of it has arrived.",
  failed: "When it cannot be loaded.",
  retry: "Button, then.",
  answers: "Name of the bars, for those who listen.",
  answer: "Announced when the hand rests, with `{label}` and `{percent}`.",
  blank: "Announced when the pad is empty.",
  picture: "Under what the model sees.",
  for: "Under the explanation, with `{label}`.",
  against: "Under the explanation, with `{label}`.",
} as const satisfies Table<keyof Texts>;

const listed = <T>(table: Table, item: (name: string, description: string) => T): T[] =>
  Object.entries(table).map(([name, description]) => item(name, description));

/** `custom-elements.json`, schema 2.1.0, which editors and documentation tools read. */
export function customElementsManifest(): unknown {
  const text = { text: "string" };
  return {
    schemaVersion: "2.1.0",
    modules: [
      {
        kind: "javascript-module",
        path: "element.js",
        declarations: [
          {
            kind: "class",
            customElement: true,
            name: "SketchClassifierElement",
            tagName: TAG,
            superclass: { name: "HTMLElement" },
            description: "A pad to draw on, and what a model makes of the drawing while it is drawn.",
            attributes: listed(ATTRIBUTES, (name, description) => ({
              name,
              fieldName: name,
              description,
              type: name === "explain" ? { text: "boolean" } : text,
            })),
            members: [
              ...listed(PROPERTIES, (name, description) => ({ kind: "field", name, description, readonly: true })),
              ...listed(METHODS, (name, description) => ({ kind: "method", name, description })),
            ],
            events: listed(EVENTS, (name, description) => ({ name, description, type: { text: "CustomEvent" } })),
            slots: listed(SLOTS, (name, description) => ({ name, description })),
            cssParts: listed(PARTS, (name, description) => ({ name, description })),
            cssProperties: listed(CSS_PROPERTIES, (name, description) => ({ name, description })),
          },
        ],
        exports: [
          {
            kind: "js",
            name: "SketchClassifierElement",
            declaration: { name: "SketchClassifierElement", module: "element.js" },
          },
        ],
      },
    ],
  };
}

/** The tables that people read, by their headings. */
export const SECTIONS: readonly { readonly title: string; readonly rows: Table }[] = [
  { title: "Attributes", rows: ATTRIBUTES },
  { title: "Events", rows: EVENTS },
  { title: "Properties, read-only", rows: PROPERTIES },
  { title: "Methods", rows: METHODS },
  { title: "Slots", rows: SLOTS },
  { title: "CSS custom properties", rows: CSS_PROPERTIES },
  { title: "CSS parts", rows: PARTS },
  { title: "Words, for texts", rows: TEXTS },
];
