// What lies in the element's shadow root, and what is written on it.
import { takesPhotos } from "../runtime/manifest.ts";
import { Answers } from "./answers.ts";
import type { Interactions, InteractionHost } from "./interactions.ts";
import css from "./element.css?inline";
import { create, setLabel, setText } from "./dom.ts";
import { Pad } from "./pad.ts";
import { adoptStyles } from "./style.ts";
import type { Model, Prediction } from "./types.ts";
import { ENGLISH, fillIn, percentIn, type Texts } from "./words.ts";

/** How long the hand must rest before the answer is announced; shorter, and a 4 would be announced after its first stroke. */
const REST_MS = 700;
/** What is there within this time needs no notice that it is being loaded. */
const NOTICE_MS = 300;

export type State = "loading" | "ready" | "failed";

export class View implements InteractionHost {
  readonly pad: Pad;
  readonly retry = create("button", "button");
  readonly root: HTMLElement;
  readonly padBox: HTMLElement;
  texts: Texts = ENGLISH;
  labels: readonly string[] = [];
  percent = percentIn("");
  readonly #shadow: ShadowRoot;
  readonly #slots = { hint: create("slot"), undo: create("slot"), clear: create("slot") };
  readonly #choose = create("button", "button");
  readonly #undo = create("button", "button", this.#slots.undo);
  readonly #clear = create("button", "button", this.#slots.clear);
  readonly #message = create("p", "message");
  readonly #spoken = create("p", "spoken");
  readonly #answers = new Answers();
  readonly pictures = this.#answers.pictures;
  readonly #buttons: HTMLElement;
  #state: State = "loading";
  /** Of the download, 0..1; null where nothing is downloaded. */
  #share: number | null = null;
  /** Until the download is mentioned; 0 once it is. */
  #notice = 0;
  /** What can wait: null until it is needed, or a model is there and the element at rest. */
  #interactions: Interactions | null = null;
  #photos = false;
  /** Whether the last file was no picture. */
  #refused = false;
  #timer = 0;

  /** @param drawn Called after each change of the drawing. */
  constructor(shadow: ShadowRoot, drawn: () => void) {
    this.#shadow = shadow;
    const pad = (this.pad = new Pad(drawn));
    for (const [name, slot] of Object.entries(this.#slots)) slot.name = name;
    const hint = create("p", "hint", this.#slots.hint);
    hint.ariaHidden = "true"; // the pad's name says more
    this.padBox = create("div", "pad", pad.canvas, hint);
    this.#buttons = create("div", "buttons", this.#undo, this.#clear);
    const draw = create("div", "draw", this.padBox, this.#buttons);
    const slot = create("slot");
    const root = (this.root = create(
      "div",
      "root",
      create("div", "fallback", slot, this.#message, this.retry),
      create("div", "stage", draw, this.#answers.element),
      this.#spoken,
    ));
    root.role = "group";
    this.#spoken.role = "status";
    this.#choose.onclick = () => {
      pad.choose?.();
    };
    pad.canvas.onkeydown = (event) => {
      this.#interact(({ keys }) => {
        if (keys.press(event)) event.preventDefault(); // the page does not scroll
      });
    };
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
  }

  /** Let it be seen, unless it is already. */
  reveal(): void {
    if (!this.root.parentNode) this.#shadow.replaceChildren(this.root);
  }

  /** Each document has sheets of its own. */
  adoptStyles(): void {
    adoptStyles(this.#shadow, css, this.#interactions?.css ?? "");
  }

  /** Write every word anew. */
  word(name: string, texts: Partial<Texts>, language: string, model: Model | null): void {
    this.texts = { ...ENGLISH, ...texts };
    this.percent = percentIn(language);
    this.#take(model);
    const { choose, undo, clear, retry, pad, photo } = this.texts;
    setText(this.#choose, choose);
    setText(this.#slots.undo, undo);
    setText(this.#slots.clear, clear);
    setText(this.retry, retry);
    setLabel(this.pad.canvas, this.#photos ? photo : pad);
    setLabel(this.root, name);
  }

  /** Pictures of the reader's own may be pasted and dropped wherever a model is; photos are also chosen. */
  #take(model: Model | null): void {
    const { pad } = this;
    const photos = (this.#photos = model !== null && takesPhotos(model.manifest));
    pad.choose = photos
      ? () => {
          this.#interact(({ choose }) => {
            choose();
          });
        }
      : null;
    if (photos) this.#interact();
    if (!photos) this.#choose.remove();
    else if (!this.#choose.isConnected) this.#buttons.prepend(this.#choose);
    if (photos && pad.drawn) pad.clear(); // drawn before the model was there
    // The arrow keys are those of who draws, not of who listens.
    pad.canvas.role = photos ? "button" : "application";
  }

  show(state: State): void {
    const { root, retry } = this;
    root.classList.remove(this.#state);
    root.classList.add((this.#state = state));
    clearTimeout(this.#notice);
    this.#share = null;
    this.#notice = window.setTimeout(() => {
      this.#notice = 0;
      this.progress(this.#share);
      // What takes a browser 10 ms each to make for the first time is made at rest, not while the first stroke is drawn.
      this.percent(0);
      this.#answers.prepare();
      if (this.pad.blank) this.pad.repaint();
      if (state === "ready") this.#interact();
    }, NOTICE_MS);
    const text = state === "failed" ? this.texts.failed : "";
    setText(this.#message, text);
    setText(this.#spoken, text);
    retry.hidden = state !== "failed";
  }

  /** @param share Of the download, 0..1; null where nothing is downloaded. */
  progress(share: number | null): void {
    this.#share = share;
    if (this.#notice || share === null) return;
    setText(this.#message, fillIn(this.texts.loading, { percent: this.percent(share) }));
  }

  answer(model: Model | null, prediction: Prediction | null, explained: boolean): void {
    this.#answers.show(model, prediction, this);
    const why = explained && model?.linear && model.manifest.input.image?.channels === 1 ? model : null;
    if (why || this.#interactions) {
      this.#interact(({ explanation }) => {
        explanation.show(why, prediction, this);
      });
    }
  }

  /** A file was no picture. */
  refuse(): void {
    this.#refused = true;
    this.pad.lay([]);
  }

  /**
   * Have the attendant act: at once, or when it was fetched. Where that fails nothing happens; the next need asks again, which
   * most browsers answer from memory.
   */
  #interact(act: (attendant: Interactions) => void = () => undefined): void {
    if (this.#interactions) act(this.#interactions);
    else {
      import("./extras.ts").then(
        ({ interactions }) => {
          this.#interactions ??= interactions(this);
          this.adoptStyles();
          act(this.#interactions);
        },
        () => undefined,
      );
    }
  }

  /** After each change of the drawing. */
  drawn(prediction: () => Prediction | null): void {
    const { pad, texts } = this;
    this.#refused &&= pad.blank;
    setText(this.#slots.hint, this.#refused ? texts.unreadable : this.#photos ? texts.photo : texts.hint);
    pad.canvas.classList.toggle("used", !pad.blank);
    // Not `disabled`: a button that is pressed and then disabled would lose the keyboard's focus.
    this.#undo.ariaDisabled = String(!pad.canUndo);
    this.#clear.ariaDisabled = String(pad.blank);
    this.#interactions?.keys.place();
    clearTimeout(this.#timer);
    if (pad.drawing) return;
    this.#timer = window.setTimeout(() => {
      const { labelIndex, probabilities } = prediction() ?? {};
      const label = this.labels[labelIndex!] ?? "";
      const percent = this.percent(probabilities?.[labelIndex!] ?? 0);
      const blank = this.#refused ? texts.unreadable : texts.blank;
      setText(this.#spoken, pad.blank ? blank : label && fillIn(texts.answer, { label, percent }));
    }, REST_MS);
  }
}
