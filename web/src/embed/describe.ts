// The element as a table: the custom-elements manifest, embed.html and the package's README are generated from it. It is not
// part of embed.js. Tests compare it with the element itself.
import type { SketchClassifierOwnEvents } from "./events.ts";
import type { Texts } from "./words.ts";

/** Name → description, as inline Markdown. */
type Table<Key extends string = string> = Readonly<Record<Key, string>>;

export const TAG = "sketch-classifier";

export const ATTRIBUTES = {
  src: "URL of a `latest.json`, to follow new versions, or of one version’s `manifest.json`. Relative to the page.",
  alt: "Accessible name, announced by screen readers. Default: the model’s name.",
  loading: "`lazy` waits until the element comes near the viewport. `eager`, the default, loads at once.",
  theme: "`light` or `dark`. `auto`, the default, uses the page’s own text colour and background.",
  format: "Id of one of the formats in the manifest. Default: the smallest one that was verified.",
  explain:
    "Shows which pixels count for the answer and which against it. Works for linear models, except those of colour images.",
  labels: "Labels to show instead of the model’s own: the same number, separated by commas.",
  integrity:
    "Hash of the file at `src`, as in a script element: `sha384-…`. Any other file is refused. To pin a model, name one version’s `manifest.json` in `src`.",
  key: "Public key, in base64. Only models that its owner has signed are accepted, and no older one than before. Needs https.",
  texts: "JSON with texts that replace the English ones. Those left out stay English.",
} as const satisfies Table;

export const PROPERTIES = {
  fetch:
    "A function that gets the model’s files instead of the browser’s `fetch`, with the same arguments: for hosts that ask for a password, or files from elsewhere. Set it before the element is on the page.",
  model: "Read-only. What `load()` returns; `null` until the `load` event.",
  prediction: "Read-only. The latest prediction; `null` while the pad is empty.",
} as const satisfies Table;

export const METHODS = {
  clear: "Clears the pad.",
  undo: "Undoes the last stroke, or the last clear.",
  reload: "Reloads the model, bypassing the HTTP cache.",
} as const satisfies Table;

export const EVENTS = {
  load: "The model has loaded. `detail` is the model.",
  progress: "Part of the model has been downloaded. `detail` is `{ loaded, total }`, in bytes.",
  error:
    "The model could not be loaded, or failed. `detail` is a `ModelError` with a `code`. The reason is logged to the console unless the event is cancelled.",
  predict: "There is a new prediction: while drawing, one per frame. `detail` is the prediction. Bubbles.",
  clear: "The pad has become empty. Bubbles.",
} as const satisfies Table<keyof SketchClassifierOwnEvents>;

export const SLOTS = {
  "": "Fallback content, shown until the model has loaded, and if it cannot be loaded.",
  hint: "The hint on the empty pad.",
  undo: "Content of the undo button.",
  clear: "Content of the clear button.",
} as const satisfies Table;

export const PARTS = {
  pad: "The paper.",
  canvas: "The drawing.",
  cursor: "The keyboard cursor on the pad.",
  hint: "The hint on the empty pad.",
  buttons: "The row of buttons under the pad.",
  button: "Each button: undo, clear, “choose an image” and “try again”.",
  message: "The message while the model is loading, or if it cannot be loaded.",
  bars: "The list of answers.",
  bar: "One answer.",
  winner: "The most probable answer, in addition to `bar`.",
  label: "The label of an answer.",
  track: "The full length of a bar.",
  fill: "The part of the bar that shows the probability.",
  value: "The probability as a number.",
  picture: "What the model sees, and the explanation.",
} as const satisfies Table;

export const CSS_PROPERTIES = {
  "--sketch-ink": "Colour of strokes and text. Default: the page’s text colour.",
  "--sketch-paper": "Background colour. Default: transparent.",
  "--sketch-accent": "Colour of the most probable answer and of the focus ring.",
  "--sketch-line": "Colour of borders and of the other bars.",
  "--sketch-radius": "Corner radius.",
  "--sketch-font": "Font family. Default: the page’s.",
} as const satisfies Table;

export const TEXTS = {
  hint: "Hint on the empty pad. Default: what the model says is drawn on it, such as “Draw a shape”, or “Draw here”.",
  pad: "Accessible name of the pad.",
  undo: "Undo button.",
  clear: "Clear button.",
  choose: "Button that chooses a file, for models that read photos.",
  photo: "Hint on the empty pad for such a model, and the pad’s accessible name.",
  unreadable: "Shown when a file is not an image.",
  loading: "Shown while the model is loading; `{percent}` is the progress.",
  failed: "Shown when the model could not be loaded.",
  retry: "Button that tries to load it again.",
  answers: "Accessible name of the bars.",
  answer: "Announced when drawing pauses, with `{label}` and `{percent}`.",
  blank: "Announced when the pad is empty.",
  picture: "Caption of what the model sees.",
  for: "Caption of the explanation, with `{label}`.",
  against: "Caption of the explanation, with `{label}`.",
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
            description: "A drawing pad with a model that classifies the drawing as it is drawn.",
            attributes: listed(ATTRIBUTES, (name, description) => ({
              name,
              fieldName: name,
              description,
              type: name === "explain" ? { text: "boolean" } : text,
            })),
            members: [
              ...listed(PROPERTIES, (name, description) => ({
                kind: "field",
                name,
                description,
                readonly: name !== "fetch",
              })),
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

/** The tables for readers, with their headings. */
export const SECTIONS: readonly { readonly title: string; readonly rows: Table }[] = [
  { title: "Attributes", rows: ATTRIBUTES },
  { title: "Events", rows: EVENTS },
  { title: "Properties without an attribute", rows: PROPERTIES },
  { title: "Methods", rows: METHODS },
  { title: "Slots", rows: SLOTS },
  { title: "CSS custom properties", rows: CSS_PROPERTIES },
  { title: "CSS parts", rows: PARTS },
  { title: "Keys of texts", rows: TEXTS },
];
