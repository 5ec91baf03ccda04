// The content of the element's shadow root, and its texts.
import { BLANK, Drawing } from "../pad/drawing.ts";
import { createPad } from "../pad/pad.ts";
import type { ModelError } from "../runtime/errors.ts";
import { takesPhotos } from "../runtime/manifest.ts";
import { Answers } from "./answers.ts";
import { create, setLabel, setText } from "./dom.ts";
import css from "./element.css?inline";
import type { FormHost, InteractionHost } from "./host.ts";
import type { Interactions } from "./interactions.ts";
import { adoptStyles } from "./style.ts";
import type { Model, Prediction } from "./types.ts";
import { ENGLISH } from "./texts.ts";
import { fillIn, hintFor, percentIn, wordsIn, type Texts, type Words } from "./words.ts";

/**
 * Pause in drawing before the answer is announced; any shorter, and a 4 would be announced after
 * its first stroke.
 */
const REST_MS = 700;
/** A model that loads within this time needs no progress message. */
const NOTICE_MS = 300;

export type State = "loading" | "ready" | "failed";

export class View implements InteractionHost {
  readonly drawing = new Drawing();
  readonly canvas = create("canvas", "canvas");
  readonly pad = createPad(this.canvas, this.drawing);
  readonly retry = create("button", "button");
  readonly root: HTMLElement;
  readonly padBox: HTMLElement;
  texts: Words = ENGLISH;
  labels: readonly string[] = [];
  model: Model | null = null;
  percent = percentIn("");
  readonly #shadow: ShadowRoot;
  readonly #internals: ElementInternals | undefined;
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
  /** Fraction of the download, 0..1; null while nothing is downloaded. */
  #progress: number | null = null;
  /** Timer until the progress is shown; 0 from then on. */
  #notice: ReturnType<typeof setTimeout> | 0 = 0;
  /** Loaded when first needed, or when the model is there and the element is idle. */
  interactions: Interactions | null = null;
  refused = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param onDrawingChange Called after each change of the drawing. */
  constructor(
    shadow: ShadowRoot,
    onDrawingChange: () => void,
    internals: ElementInternals | undefined,
  ) {
    this.#shadow = shadow;
    this.#internals = internals;
    const { canvas, drawing } = this;
    drawing.watch(onDrawingChange);
    canvas.tabIndex = 0;
    for (const [name, slot] of Object.entries(this.#slots)) slot.name = name;
    const hint = create("p", "hint", this.#slots.hint);
    hint.ariaHidden = "true"; // the pad's label says more
    this.padBox = create("div", "pad", canvas, hint);
    this.#buttons = create("div", "buttons", this.#undo, this.#clear);
    const draw = create("div", "draw", this.padBox, this.#buttons);
    const slot = create("slot");
    const root = (this.root = create(
      "div",
      "root",
      create("div", "stage", draw, this.#answers.element),
      // in front of the empty pad while the model is loading
      create("div", "fallback", slot, this.#message, this.retry),
      this.#spoken,
    ));
    root.role = "group";
    this.#spoken.role = "status";
    this.#choose.onclick = canvas.onclick = () => {
      if (drawing.takesStrokes) return;
      this.#interact(({ choose }) => {
        choose();
      });
    };
    // A finger scrolls the page, and leaves no ink: see engage.ts, which comes later.
    canvas.ontouchstart = null;
    canvas.onkeydown = (event) => {
      this.#interact(({ press }) => {
        press(event);
      });
    };
    canvas.onpointercancel = () => {
      if (drawing.current) drawing.undo();
    };
    this.#undo.onclick = () => {
      drawing.undo();
    };
    this.#clear.onclick = () => {
      drawing.clear();
    };
    slot.onslotchange = () => {
      const isContent = (node: Node) => "tagName" in node || node.textContent?.trim();
      root.classList.toggle("filled", slot.assignedNodes().some(isContent));
    };
  }

  /** Show it, unless it is shown already. */
  reveal(): void {
    if (this.root.parentNode) return;
    this.#shadow.replaceChildren(this.root);
    this.adoptStyles();
  }

  /** Style sheets belong to a document. */
  adoptStyles(): void {
    adoptStyles(this.#shadow, css, this.interactions?.css ?? "");
  }

  /**
   * @param name The element's accessible name.
   * @param own Words of the page, in its language.
   * @param onFetched Call this again then: there are words in that language.
   */
  applyTexts(
    name: string,
    own: Partial<Texts> | null,
    language: string,
    model: Model | null,
    onFetched: () => void,
  ): void {
    const translated = wordsIn(language, model, onFetched);
    this.texts = { ...ENGLISH, ...hintFor(model), ...translated, ...own };
    this.root.lang = (own ?? translated) ? language : "en";
    this.percent = percentIn(language);
    this.#setModel(model);
    const { choose, undo, clear, retry, pad, photo } = this.texts;
    setText(this.#choose, choose);
    setText(this.#slots.undo, undo);
    setText(this.#slots.clear, clear);
    setText(this.retry, retry);
    setLabel(this.canvas, this.drawing.takesStrokes ? pad : photo);
    setLabel(this.root, name);
  }

  /**
   * Any model takes images that are pasted or dropped; for one of photos they can also be chosen.
   */
  #setModel(model: Model | null): void {
    const { canvas, drawing } = this;
    const photos = model !== null && takesPhotos(model.manifest);
    drawing.takesStrokes = !photos;
    if (photos) {
      this.#interact();
      if (!this.#choose.isConnected) this.#buttons.prepend(this.#choose);
      if (drawing.strokes.length > 0) drawing.replace(BLANK); // drawn before the model was there
    } else this.#choose.remove();
    // As an application, the pad gets the arrow keys even while a screen reader runs.
    canvas.role = photos ? "button" : "application";
  }

  /**
   * @param reason The error. It is shown where trying again does not help: the page must be
   * corrected.
   */
  show(state: State, reason?: ModelError): void {
    const { root, retry } = this;
    root.classList.remove(this.#state);
    root.classList.add((this.#state = state));
    clearTimeout(this.#notice);
    this.#progress = null;
    this.#notice = setTimeout(() => {
      this.#notice = 0;
      this.progress(this.#progress);
      // Each of these takes a browser 10 ms the first time. They are made while idle, not during
      // the first stroke.
      this.percent(0);
      this.#answers.prepare();
      if (this.drawing.isBlank) this.pad.repaint();
      if (
        reason
          ? reason.code !== "network"
          : state === "ready" || !this.#shadow.host.getAttribute("src")
      )
        this.#interact();
    }, NOTICE_MS);
    const text = reason ? (reason.code === "unsupported" ? reason.message : this.texts.failed) : "";
    setText(this.#message, text);
    setText(this.#spoken, text);
    retry.hidden = !reason;
    this.interactions?.rare?.form.update();
  }

  /** @param fraction Share that is downloaded, 0..1; null while nothing is downloaded. */
  progress(fraction: number | null): void {
    this.#progress = fraction;
    if (this.#notice || fraction === null) return;
    setText(this.#message, fillIn(this.texts.loading, { percent: this.percent(fraction) }));
  }

  showPrediction(model: Model | null, prediction: Prediction | null, explained: boolean): void {
    this.model = model;
    this.#answers.show(model, prediction, this);
    if (explained || this.interactions) {
      this.#interact(({ show }) => {
        show(prediction, explained);
      });
    }
  }

  /** Call `act` with the interactions: at once, or when they have been fetched. */
  async interact<T>(act: (interactions: Interactions) => T): Promise<T> {
    if (!this.interactions) {
      const { interactions } = await import("./extras.ts");
      this.interactions ??= interactions(this, this.#shadow.host as FormHost, this.#internals);
      this.adoptStyles();
    }
    return act(this.interactions);
  }

  /**
   * If they cannot be fetched nothing happens; the next call tries again, which most browsers
   * answer from memory.
   */
  #interact(act: (interactions: Interactions) => unknown = () => undefined): void {
    this.interact(act).catch((error: unknown) => {
      if (this.interactions) throw error; // of `act` itself
      this.canvas.style.touchAction = "none"; // what engages the pad is missing: a finger draws
    });
  }

  /** Called after each change of the drawing. */
  showDrawing(prediction: () => Prediction | null): void {
    const { canvas, drawing, texts } = this;
    const { isBlank } = drawing;
    if (!isBlank) this.refused = "";
    setText(this.#slots.hint, this.refused || (drawing.takesStrokes ? texts.hint : texts.photo));
    canvas.classList.toggle("used", !isBlank);
    // Not `disabled`: a button that is pressed and then disabled would lose the keyboard focus.
    this.#undo.ariaDisabled = String(!drawing.canUndo);
    this.#clear.ariaDisabled = String(isBlank);
    clearTimeout(this.#timer);
    if (drawing.current) return;
    this.#timer = setTimeout(() => {
      const answer = prediction();
      if (answer || this.interactions) {
        this.#interact(async ({ announcement }) => {
          setText(this.#spoken, await announcement(answer));
        });
      }
    }, REST_MS);
  }
}
