// What lies in the element's shadow root, and what is written on it.
import { Answers } from "./answers.ts";
import css from "./element.css?inline";
import { make, nameFor, write } from "./make.ts";
import { Pad } from "./pad.ts";
import type { Model, Prediction } from "./types.ts";
import { ENGLISH, fillIn, percentIn, type Texts } from "./words.ts";

/** How long the hand must rest before the answer is announced; shorter, and a 4 would be announced after its first stroke. */
const REST_MS = 700;

export type State = "loading" | "ready" | "failed";

export class View {
  readonly pad: Pad;
  readonly retry = make("button", "button");
  readonly root: HTMLElement;
  texts: Texts = ENGLISH;
  labels: readonly string[] = [];
  percent = percentIn();
  readonly #slots = { hint: make("slot"), undo: make("slot"), clear: make("slot") };
  readonly #undo = make("button", "button", this.#slots.undo);
  readonly #clear = make("button", "button", this.#slots.clear);
  readonly #message = make("p", "message");
  readonly #spoken = make("p", "spoken");
  readonly #answers = new Answers();
  #state: State = "loading";
  #timer = 0;

  /** @param drawn Called after each change of the drawing. */
  constructor(shadow: ShadowRoot, drawn: () => void) {
    const pad = (this.pad = new Pad(drawn));
    for (const [name, slot] of Object.entries(this.#slots)) slot.name = name;
    const hint = make("p", "hint", this.#slots.hint);
    hint.ariaHidden = "true"; // the pad's name says more
    const padBox = make("div", "pad", pad.canvas, hint, pad.cursor);
    const draw = make("div", "draw", padBox, make("div", "buttons", this.#undo, this.#clear));
    const slot = make("slot");
    const root = (this.root = make(
      "div",
      "root",
      make("div", "fallback", slot, this.#message, this.retry),
      make("div", "stage", draw, this.#answers.element),
      this.#spoken,
    ));
    root.role = "group";
    this.#spoken.role = "status";
    this.#undo.onclick = () => {
      pad.undo();
    };
    this.#clear.onclick = () => {
      pad.clear();
    };
    slot.onslotchange = () => {
      const isContent = ({ nodeType, textContent }: Node) => nodeType === Node.ELEMENT_NODE || textContent?.trim();
      root.classList.toggle("filled", slot.assignedNodes().some(isContent));
    };
    shadow.append(root);
  }

  /** Write every word anew. */
  word(name: string, texts: Partial<Texts>, language: string): void {
    this.texts = { ...ENGLISH, ...texts };
    this.percent = percentIn(language);
    const { hint, undo, clear, retry, pad } = this.texts;
    write(this.#slots.hint, hint);
    write(this.#slots.undo, undo);
    write(this.#slots.clear, clear);
    write(this.retry, retry);
    nameFor(this.pad.canvas, pad);
    nameFor(this.root, name);
  }

  /** @param share Of the download, 0..1; null where nothing is downloaded. */
  show(state: State, share: number | null = null): void {
    const { root, retry } = this;
    root.classList.remove(this.#state);
    root.classList.add((this.#state = state));
    const { failed, loading } = this.texts;
    const text = share === null ? "" : fillIn(loading, { percent: this.percent(share) });
    write(this.#message, state === "failed" ? failed : text);
    write(this.#spoken, state === "failed" ? failed : "");
    retry.hidden = state !== "failed";
  }

  answer(model: Model | null, prediction: Prediction | null, explained: boolean): void {
    this.#answers.show(model, prediction, explained, this);
  }

  /** After each change of the drawing. */
  drawn(prediction: () => Prediction | null): void {
    const { pad } = this;
    pad.canvas.classList.toggle("used", !pad.blank);
    // Not `disabled`: a button that is pressed and then disabled would lose the keyboard's focus.
    this.#undo.ariaDisabled = String(!pad.canUndo);
    this.#clear.ariaDisabled = String(pad.blank);
    clearTimeout(this.#timer);
    if (pad.drawing) return;
    this.#timer = window.setTimeout(() => {
      const { labelIndex, probabilities } = prediction() ?? {};
      const label = this.labels[labelIndex!] ?? "";
      const percent = this.percent(probabilities?.[labelIndex!] ?? 0);
      write(this.#spoken, pad.blank ? this.texts.blank : label && fillIn(this.texts.answer, { label, percent }));
    }, REST_MS);
  }
}

const sheets = new WeakMap<Document, CSSStyleSheet>();

/** Style a shadow root by the one sheet of its document: neither a <style> nor a file, which a page's policy could forbid. */
export function adoptStyle(shadow: ShadowRoot): void {
  const { ownerDocument } = shadow;
  let sheet = sheets.get(ownerDocument);
  if (!sheet) {
    sheet = new (ownerDocument.defaultView ?? window).CSSStyleSheet();
    sheet.replaceSync(css);
    sheets.set(ownerDocument, sheet);
  }
  shadow.adoptedStyleSheets = [sheet];
}
