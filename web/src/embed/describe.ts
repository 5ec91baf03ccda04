// The element as tables: the reference in docs/embedding.md, the package's README, and the types
// for templates (templates.ts) are generated from them. They are not part of embed.js. Tests
// compare them with the element itself.
import type { SketchClassifierOwnEvents } from "./events.ts";
import { ENGLISH, LATER, type Texts } from "./texts.ts";

/** One line of a table. */
export interface Row {
  /** Inline Markdown. */
  readonly description: string;
  /** In TypeScript; of a custom property, in the syntax of CSS. Slots and parts have none. */
  readonly type?: string;
  /**
   * As the page would write it; left out where there is none, or where the description tells it.
   */
  readonly default?: string;
}

type Table<Key extends string = string> = Readonly<Record<Key, Row>>;

export const TAG = "sketch-classifier";

export const ATTRIBUTES = {
  src: {
    description:
      "URL of a `latest.json`, to follow new versions, or of one version’s `manifest.json`. Relative to the page.",
    type: "string",
  },
  alt: {
    description: "Accessible name, announced by screen readers. Default: the model’s name.",
    type: "string",
  },
  loading: {
    description:
      "`lazy`, the default, waits until the element comes near the viewport. `eager` loads at once.",
    type: '"lazy" | "eager"',
    default: "lazy",
  },
  theme: {
    description:
      "`light` or `dark`. `auto`, the default, uses the page’s own text colour and background.",
    type: '"auto" | "light" | "dark"',
    default: "auto",
  },
  format: {
    description:
      "Id of one of the formats in the manifest. Default: the smallest one that was verified and answers like Keras to 99.99 % of the test images.",
    type: "string",
  },
  compact: {
    description:
      "Shows the pad and the answer alone, without the classes’ bars and without pictures. Then reserve `min-height: min(100vw + 70px, 500px)`.",
    type: "boolean",
    default: "false",
  },
  explain: {
    description:
      "Shows which pixels count for the answer and which against it. Works for linear models, except those of colour images.",
    type: "boolean",
    default: "false",
  },
  labels: {
    description: "Labels to show instead of the model’s own: the same number, separated by commas.",
    type: "string",
  },
  integrity: {
    description:
      "Hash of the file at `src`, as in a script element: `sha384-…`. Any other file is refused. To pin a model, name one version’s `manifest.json` in `src`.",
    type: "string",
  },
  key: {
    description:
      "Public key, in base64. Only models that its owner has signed are accepted, and no older one than before. Needs https.",
    type: "string",
  },
  texts: {
    description:
      "JSON with texts, in the page’s language, that replace the element’s own. Those are in the language that the nearest `lang` names: English, German, French, Spanish or Arabic; for any other language they are English.",
    type: "string",
    default: "{}",
  },
  name: { description: "Name under which a form posts the value.", type: "string" },
  value: {
    description:
      'The drawing that the pad begins with, and to which a form is reset: text that the property `value` gives with `value-as="strokes"`.',
    type: "string",
  },
  "value-as": {
    description:
      "The value that a form posts and the property `value` has: `label`, the model’s own label of the answer, or `strokes`, the drawing as text. An image on the pad has no strokes.",
    type: '"label" | "strokes"',
    default: "label",
  },
  required: {
    description: "The form cannot be sent while the value is empty.",
    type: "boolean",
    default: "false",
  },
  disabled: {
    description:
      "Nobody can draw, and the form does not post the value. A `<fieldset>` can disable it, too.",
    type: "boolean",
    default: "false",
  },
  readonly: {
    description: "Nobody can draw; the form posts the value. The property is `readOnly`.",
    type: "boolean",
    default: "false",
  },
} as const satisfies Table;

export const PROPERTIES = {
  value: {
    description:
      "The value that a form posts, see `value-as`; empty while there is no answer. Takes the text of a drawing, whatever it gives; an empty text clears the pad.",
    type: "string",
    default: "",
  },
  strokes: {
    description:
      "The drawing, as arrays of points `{ x, y, width }`, in fractions of the pad’s side. Points can be set without `width`.",
    type: "readonly Stroke[]",
    default: "[]",
  },
  fetch: {
    description:
      "A function that gets the model’s files instead of the browser’s `fetch`, with the same arguments: for hosts that ask for a password, or files from elsewhere. Set it before the element is on the page.",
    type: "Fetch | undefined",
  },
  model: {
    description: "Read-only. What `load()` returns; `null` until the `load` event.",
    type: "Model | null",
    default: "null",
  },
  prediction: {
    description: "Read-only. The latest prediction; `null` while the pad is empty.",
    type: "Prediction | null",
    default: "null",
  },
  form: {
    description: "Read-only. The form to which it belongs.",
    type: "HTMLFormElement | null",
    default: "null",
  },
  validity: { description: "Read-only. As of any form control.", type: "ValidityState" },
  validationMessage: {
    description: "Read-only. As of any form control.",
    type: "string",
    default: "",
  },
  willValidate: {
    description: "Read-only. As of any form control.",
    type: "boolean",
    default: "true",
  },
} as const satisfies Table;

export const METHODS = {
  clear: { description: "Clears the pad.", type: "() => void" },
  undo: { description: "Undoes the last stroke, or the last clear.", type: "() => void" },
  reload: { description: "Reloads the model, bypassing the HTTP cache.", type: "() => void" },
  toBlob: {
    description:
      "The drawing as an image file, black on white; `null` while the pad is empty. By default a PNG of 512 × 512 pixels.",
    type: "(type?: string, side?: number) => Promise<Blob | null>",
  },
  explainAnswer: {
    description:
      "The amount that each pixel adds to the score of the answer, or of another label; `null` while there is no answer, and for models that are not linear.",
    type: "(label?: string) => Promise<Explanation | null>",
  },
  checkValidity: { description: "As of any form control.", type: "() => boolean" },
  reportValidity: { description: "As of any form control.", type: "() => boolean" },
  setCustomValidity: {
    description: "As of any form control: why the form cannot be sent, or an empty text.",
    type: "(message: string) => void",
  },
} as const satisfies Table;

export const EVENTS = {
  load: { description: "The model has loaded. `detail` is the model.", type: "CustomEvent<Model>" },
  progress: {
    description:
      "Part of the model has been downloaded. `detail` is `{ loaded, total }`, in bytes.",
    type: "CustomEvent<Progress>",
  },
  error: {
    description:
      "The model could not be loaded, or failed. `detail` is a `ModelError` with a `code`. The reason is logged to the console unless the event is cancelled.",
    type: "CustomEvent<ModelError>",
  },
  predict: {
    description:
      "There is a new prediction: while drawing, one per frame. `detail` is the prediction. Bubbles.",
    type: "CustomEvent<Prediction>",
  },
  change: {
    description:
      "A drawing is at rest and has its answer, or the pad is empty: once for each drawing. `detail` is the prediction, or `null`. Bubbles.",
    type: "CustomEvent<Prediction | null>",
  },
  proof: {
    description:
      "The device has answered eight inputs, to which the manifest has Keras’ answers. `detail` is `{ backend, agreed, count, next }`: if `agreed` is less than `count`, the backend `next` answers from now on, or none if it is `null`.",
    type: "CustomEvent<Proof>",
  },
  clear: { description: "The pad has become empty. Bubbles.", type: "CustomEvent<null>" },
} as const satisfies Table<keyof SketchClassifierOwnEvents>;

export const SLOTS = {
  "": {
    description: "Fallback content, shown until the model has loaded, and if it cannot be loaded.",
  },
  hint: { description: "The hint on the empty pad." },
  undo: { description: "Content of the undo button." },
  clear: { description: "Content of the clear button." },
} as const satisfies Table;

export const PARTS = {
  pad: { description: "The paper." },
  canvas: { description: "The drawing." },
  cursor: { description: "The keyboard cursor on the pad." },
  hint: { description: "The hint on the empty pad." },
  buttons: { description: "The row of buttons under the pad." },
  button: { description: "Each button: undo, clear, “choose an image” and “try again”." },
  message: { description: "The message while the model is loading, or if it cannot be loaded." },
  headline: { description: "The answer in words, above the bars." },
  confidence: {
    description:
      "Below it, how often such answers are right, or that the drawing is unlike anything that the model knows.",
  },
  bars: { description: "The list of answers." },
  bar: { description: "One answer." },
  winner: { description: "The most probable answer, in addition to `bar`." },
  label: { description: "The label of an answer." },
  track: { description: "The full length of a bar." },
  fill: { description: "The part of the bar that shows the probability." },
  value: { description: "The probability as a number." },
  picture: { description: "What the model sees, and the explanation." },
} as const satisfies Table;

/** For `:state(…)` in a style sheet. Older browsers have none. */
export const STATES = {
  loading: { description: "The model is not there yet." },
  ready: { description: "The model has loaded." },
  failed: { description: "The model could not be loaded, or failed." },
  blank: { description: "The pad is empty, in addition to one of the others." },
} as const satisfies Table;

export const CSS_PROPERTIES = {
  "--sketch-ink": {
    description: "Colour of strokes and text. Default: the page’s text colour.",
    type: "<color>",
  },
  "--sketch-paper": {
    description: "Background colour. Default: transparent.",
    type: "<color>",
    default: "transparent",
  },
  "--sketch-accent": {
    description: "Colour of the most probable answer and of the focus ring.",
    type: "<color>",
    default: "currentcolor",
  },
  "--sketch-line": { description: "Colour of borders and of the other bars.", type: "<color>" },
  "--sketch-radius": { description: "Corner radius.", type: "<length-percentage>", default: "8px" },
  "--sketch-font": { description: "Font family. Default: the page’s.", type: "<family-name>#" },
} as const satisfies Table;

const USES_OF_TEXTS = {
  hint: "Hint on the empty pad. Default: what the model says is drawn on it, such as “Draw a shape”, or “Draw here”.",
  tap: "Below the hint on touch screens: until the pad is tapped, a finger that passes over it scrolls the page.",
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
  alone: "The answer above the bars where no other one comes close, with `{label}`.",
  then: "The answer above the bars, with `{label}` and the `{next}` most probable one.",
  often:
    "Below the answer, how often it is right if a digit was drawn: of such digits by people, `{right}` in `{of}` are read right.",
  recognized: "Likewise, for models of anything else, measured on images.",
  unlike:
    "In its place, where a drawing is unlike what the model knows. Default: with what the model says is drawn, such as “any digit I know”.",
  expired: "Below the answers, where the time is over until which `latest.json` holds: `{date}`.",
  blank: "Announced when the pad is empty.",
  picture: "Caption of what the model sees.",
  for: "Caption of the explanation, with `{label}`.",
  against: "Caption of the explanation, with `{label}`.",
} as const satisfies Readonly<Record<keyof Texts, string>>;

export const TEXTS = Object.fromEntries(
  Object.entries(USES_OF_TEXTS).map(([name, description]) => [
    name,
    { description, type: "string", default: { ...ENGLISH, ...LATER }[name as keyof Texts] },
  ]),
) as unknown as Table<keyof Texts>;

const SECTIONS: readonly { readonly title: string; readonly rows: Table }[] = [
  { title: "Attributes", rows: ATTRIBUTES },
  { title: "Events", rows: EVENTS },
  { title: "Other properties", rows: PROPERTIES },
  { title: "Methods", rows: METHODS },
  { title: "Slots", rows: SLOTS },
  { title: "CSS custom properties", rows: CSS_PROPERTIES },
  { title: "CSS parts", rows: PARTS },
  { title: "CSS states", rows: STATES },
  { title: "Keys of texts", rows: TEXTS },
];

const codeOf = (text: string | undefined): string =>
  text ? `\`${text.replaceAll("|", "\\|")}\`` : "";

/**
 * The tables for readers, in Markdown.
 *
 * @param level Begins their headings, such as "##".
 */
export const tables = (level: string): string =>
  SECTIONS.map(({ title, rows }) => {
    // Slots and parts have neither types nor defaults.
    const columns = (["type", "default"] as const).filter((column) =>
      Object.values(rows).some((row) => row[column]),
    );
    const body = Object.entries(rows).map(([name, row]) => [
      codeOf(name) || "(default)",
      ...columns.map((column) => codeOf(row[column])),
      row.description,
    ]);
    const head = ["name", ...columns, "meaning"];
    const lines = [head, head.map(() => "---"), ...body].map((cells) => `| ${cells.join(" | ")} |`);
    return [`${level} ${title}`, "", ...lines].join("\n");
  }).join("\n\n");
