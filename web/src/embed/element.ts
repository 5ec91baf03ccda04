// <sketch-classifier>: the class. Importing it has no effect, not even where there is no page;
// define.ts registers it.
import { pixelsOf } from "../pad/pad.ts";
import type { Stroke } from "../pad/strokes.ts";
import { ModelError } from "../runtime/errors.ts";
import {
  FLAGS,
  reflect,
  STRING_ATTRIBUTES,
  type Flags,
  type StringAttributes,
} from "./attributes.ts";
import { create } from "./dom.ts";
import type { SketchClassifierOwnEvents, TypedEventTarget } from "./events.ts";
import type { FormMembers } from "./control.ts";
import type { FormMethods, LooseStroke } from "./form.ts";
import { acquireModel, type Lease, type Wanted } from "./model-pool.ts";
import type { Fetch, Model, Prediction } from "./types.ts";
import { VERSION } from "./version.ts";
import { View, type State } from "./view.ts";
import type { Texts } from "./words.ts";

/**
 * How long the element may stay an empty slot. Building and painting it would hold up the download;
 * and if the model is there by then, both are done once instead of twice.
 */
const REVEAL_MS = 100;
/** How far outside the window an element starts to load, unless it has loading="eager". */
const LAZY_MARGIN = "256px";

/** Methods that are fetched when they are called, unless they are there. */
const LATER: readonly (keyof FormMethods)[] = [
  "setCustomValidity",
  "toBlob",
  "explainAnswer",
  "formDisabledCallback",
  "formResetCallback",
  "formStateRestoreCallback",
];

// A server has no HTMLElement.
const Base = ("HTMLElement" in globalThis ? HTMLElement : Object) as new () => StringAttributes &
  Flags &
  FormMembers &
  FormMethods &
  TypedEventTarget &
  HTMLElement;

export class SketchClassifierElement extends Base {
  static readonly formAssociated: boolean = true;
  static readonly observedAttributes: readonly string[] = [
    ...STRING_ATTRIBUTES,
    ...FLAGS.map((name) => name.toLowerCase()),
    ...["texts", "value", "value-as"],
  ];
  /** The version of this library. */
  static readonly version: string = VERSION;

  /**
   * Gets the model's files instead of the global `fetch`. Set it before the element is on the page,
   * or reload(). Without an initial value: one that was set before the element was defined stays.
   */
  declare fetch?: Fetch | undefined;
  /** Older browsers have none. */
  readonly #internals = (this as Partial<HTMLElement>).attachInternals?.();
  readonly #shadow = this.#internals?.shadowRoot ?? this.attachShadow({ mode: "open" });
  /**
   * True if the page's HTML brought the shadow root: its content stays until the model is there.
   */
  readonly #isDeclared = this.#shadow.hasChildNodes();
  #createdView: View | null = null;
  /** Timer until it is shown. */
  #revealTimer: ReturnType<typeof setTimeout> | undefined;
  #lease: Lease | null = null;
  #model: Model | null = null;
  #prediction: Prediction | null = null;
  #nearby: IntersectionObserver | null = null;
  /** `src` and `#wanted` of the model that is loaded or being loaded. */
  #loadKey = "";
  #wasBlank = true;
  /** True if the pad gets the focus after loading: the button that had it is gone. */
  #focusWhenReady = false;
  #requests = 0;
  #isPredicting = false;

  static {
    reflect(this.prototype);
    for (const name of LATER) {
      Object.assign(this.prototype, {
        [name](this: SketchClassifierElement, ...given: unknown[]) {
          return this.#later(name, ...given);
        },
      });
    }
  }

  constructor() {
    super();
    if (!this.#isDeclared) this.#shadow.append(create("slot")); // until there is more to show
  }

  /** Created when first needed. */
  get #view(): View {
    if (this.#createdView) return this.#createdView;
    const onDrawingChange = () => {
      this.#onDrawingChange();
    };
    const view = (this.#createdView = new View(this.#shadow, onDrawingChange, this.#internals));
    const { root, retry, pad } = view;
    retry.onclick = () => {
      this.#focusWhenReady = true;
      this.reload();
    };
    // See element.css: this reports that the text colour has changed.
    root.ontransitionend = ({ propertyName }) => {
      if (propertyName !== "color") return;
      pad.repaint();
      this.#showPrediction();
    };
    if (!this.#isDeclared) view.adoptStyles();
    view.show("loading");
    this.#applyTexts();
    return view;
  }

  #reveal(): View {
    clearTimeout(this.#revealTimer);
    this.#view.reveal();
    return this.#view;
  }

  /**
   * Texts that replace the element's own, which are in the page's language, or in English. The
   * attribute is JSON, which can be set here too.
   */
  get texts(): Partial<Texts> {
    return this.#view.texts;
  }
  set texts(value: Partial<Texts> | string | null | undefined) {
    // Frameworks set the property to what the page wrote as the attribute: JSON.
    this.setAttribute("texts", typeof value === "string" ? value : JSON.stringify(value ?? {}));
  }

  /** Null until the `load` event. */
  get model(): Model | null {
    return this.#model;
  }

  /** The latest prediction; null while the pad is blank. */
  get prediction(): Prediction | null {
    return this.#prediction;
  }

  /**
   * The value that a form posts: the label of the answer, or with `value-as="strokes"` the drawing
   * as text; "" if none. Takes such a text, whatever it gives; "" clears the pad.
   */
  get value(): string {
    return this.#createdView?.interactions?.rare?.form.value ?? this.#prediction?.label ?? "";
  }
  set value(value: string | null | undefined) {
    void this.#later("take", value ?? "");
  }

  /**
   * The drawing; coordinates and widths are fractions of the pad's side. Points can be set without
   * a width.
   */
  get strokes(): readonly Stroke[] {
    return this.#view.drawing.strokes;
  }
  set strokes(strokes: readonly LooseStroke[]) {
    void this.#later("draw", strokes);
  }

  /** Clear the pad. */
  clear(): void {
    this.#view.drawing.clear();
  }

  /** Undo the last stroke, or the last clear. */
  undo(): void {
    this.#view.drawing.undo();
  }

  /** Reload the model, bypassing the HTTP cache. */
  reload(): void {
    this.#load(true);
  }

  /** Move the focus to the pad. */
  override focus(options?: FocusOptions): void {
    this.#reveal().canvas.focus(options);
  }

  connectedCallback(): void {
    for (const [name, value] of Object.entries(this)) {
      // A framework may have set the property before the element was defined.
      if (name in SketchClassifierElement.prototype && Reflect.deleteProperty(this, name))
        Reflect.set(this, name, value);
    }
    this.#load(false);
    // loading waits for it, and tells
    if (this.#internals?.form) this.#later("update").catch(() => undefined);
    if (this.#createdView) {
      this.#createdView.adoptStyles(); // it may come from another document
      this.#applyTexts();
    }
  }

  disconnectedCallback(): void {
    // Deferred: an element that is only moved is connected again before this runs, and keeps its
    // model.
    queueMicrotask(() => {
      if (!this.isConnected) this.#release();
    });
  }

  /** Since this exists, moveBefore() calls neither of the two above. */
  connectedMoveCallback(): void {
    // Nothing to do.
  }

  attributeChangedCallback(name: string): void {
    if (!this.isConnected) return;
    if (/src|format|loading|integrity|key/.test(name)) {
      // Once for all attributes that are set together.
      queueMicrotask(() => {
        this.#load(false);
      });
    } else if (this.#createdView) this.#applyTexts();
  }

  /** Call a method of what the element is in a form: at once, or when that has been fetched. */
  #later(
    name: keyof FormMethods | "draw" | "take" | "update",
    ...given: readonly unknown[]
  ): Promise<unknown> {
    return this.#view.interact(({ use }) =>
      use(({ form }) => (form[name] as (...given: readonly unknown[]) => unknown)(...given)),
    );
  }

  /** Let the reader know, and the page's style sheets. */
  #show(state: State, reason?: ModelError): void {
    if (state !== "loading") this.#reveal();
    this.#createdView?.show(state, reason);
    this.#setStates(state);
  }

  #setStates(state?: State): void {
    try {
      const { states } = this.#internals!;
      if (state) {
        states.clear();
        states.add(state);
      }
      if (this.#wasBlank) states.add("blank");
      else states.delete("blank");
    } catch {
      // Older browsers have no states, or allow only names with two dashes.
    }
  }

  /**
   * An attribute without a value is not the same as none: a template may have failed to fill in the
   * key.
   */
  get #wanted(): Wanted {
    const of = (name: string): string | undefined => this.getAttribute(name) ?? undefined;
    return {
      format: this.format || undefined,
      integrity: of("integrity"),
      key: of("key"),
      fetch: this.fetch,
    };
  }

  /**
   * Load the model that `src` names, unless it is loaded or being loaded.
   *
   * @param reload Load it in any case, bypassing the HTTP cache.
   */
  #load(reload: boolean): void {
    const { src, loading } = this;
    const key = src + JSON.stringify(this.#wanted);
    if (!this.isConnected || (!reload && this.#lease && this.#loadKey === key)) return;
    this.#release();
    this.#loadKey = key;
    const waits = !reload && loading !== "eager";
    this.#show("loading");
    const reveal = () => (this.#isDeclared ? this : this.#reveal().root);
    if (src && !waits) {
      this.#revealTimer = setTimeout(reveal, REVEAL_MS);
      void this.#fetch(reload);
      return;
    }
    const shown = reveal();
    if (!src) return;
    const load: IntersectionObserverCallback = (entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) void this.#fetch(false);
    };
    this.#nearby = new IntersectionObserver(load, { rootMargin: LAZY_MARGIN });
    this.#nearby.observe(shown);
  }

  async #fetch(reload: boolean): Promise<void> {
    this.#nearby?.disconnect();
    // absolute, or unchanged where it is not a URL
    const url = Object.assign(create("a"), { href: this.src }).href;
    const lease = (this.#lease = acquireModel(url, this.#wanted, reload, (progress) => {
      // The view is created while the files are on their way: by the time of this microtask all
      // have been requested.
      if (!this.#createdView) queueMicrotask(() => this.#view);
      this.#createdView?.progress(progress.loaded / progress.total);
      this.#emit("progress", progress);
    }));
    try {
      const model = await lease.model;
      if (this.#internals?.form) await this.#later("update");
      if (this.#lease !== lease) return; // removed meanwhile, or loading another model
      this.#model = model;
      if (this.#createdView) this.#applyTexts();
      this.#show("ready");
      if (this.#focusWhenReady) this.focus();
      this.#focusWhenReady = false;
      this.#emit("load", model);
      this.#requestPrediction();
    } catch (error) {
      if (this.#lease === lease) this.#fail(error);
    }
  }

  #release(): void {
    this.#nearby?.disconnect();
    this.#lease?.release();
    this.#nearby = this.#lease = this.#model = this.#prediction = null;
  }

  #fail(error: unknown): void {
    const reason =
      error instanceof ModelError ? error : new ModelError("unsupported", String(error), error);
    this.#release();
    this.#show("failed", reason);
    if (this.#emit("error", reason)) console.error(`<${this.localName}> ${reason.message}`);
  }

  #emit<K extends keyof SketchClassifierOwnEvents>(
    name: K,
    detail: SketchClassifierOwnEvents[K]["detail"],
  ): boolean {
    const bubbles = name === "predict" || name === "clear";
    const settings = { detail, bubbles, composed: bubbles, cancelable: name === "error" };
    return this.dispatchEvent(new CustomEvent(name, settings));
  }

  /** Apply `alt`, `labels` and `texts`. */
  #applyTexts(): void {
    const view = this.#view;
    const model = this.#model;
    let texts: Partial<Texts> | null = null;
    try {
      texts = JSON.parse(this.getAttribute("texts") ?? "null") as typeof texts;
    } catch {
      // attribute-warnings.ts tells the page's author, of labels too.
    }
    const { lang } = this.closest<HTMLElement>("[lang]") ?? document.documentElement;
    view.applyTexts(
      this.alt || (model?.manifest.name ?? this.localName),
      texts,
      lang,
      model,
      () => {
        this.#applyTexts();
      },
    );
    view.labels = model?.labels ?? [];
    if (model && this.labels) {
      const own = this.labels.split(",").map((label) => label.trim());
      if (own.length === view.labels.length) view.labels = own;
    }
    view.showDrawing(() => this.#prediction);
    this.#showPrediction();
  }

  #showPrediction(): void {
    this.#view.showPrediction(this.#model, this.#prediction, this.explain);
  }

  #onDrawingChange(): void {
    const { isBlank } = this.#view.drawing;
    const wasBlank = this.#wasBlank;
    this.#wasBlank = isBlank;
    this.#view.showDrawing(() => this.#prediction);
    if (isBlank) {
      this.#prediction = null;
      this.#showPrediction();
      if (!wasBlank) this.#emit("clear", null);
    }
    if (isBlank !== wasBlank) this.#setStates();
    this.#requestPrediction();
  }

  /** Predict the latest drawing in the next frame. */
  #requestPrediction(): void {
    this.#requests += 1;
    if (this.#isPredicting) return;
    this.#isPredicting = true;
    requestAnimationFrame(() => void this.#predict());
  }

  async #predict(): Promise<void> {
    const serving = this.#requests;
    const model = this.#model;
    try {
      const { drawing, pad } = this.#view;
      const { ink } = pad;
      if (model && ink) {
        // A small model answers before the frame is shown: none of these promises really waits.
        const prediction = await model.predict(pixelsOf(ink));
        if (this.#model === model && !drawing.isBlank) {
          // an image may contain no ink
          this.#prediction = prediction.label === null ? null : prediction;
          this.#showPrediction();
          if (this.#prediction) this.#emit("predict", this.#prediction);
        }
      }
    } catch (error) {
      // A model that has been replaced meanwhile refuses; the new one predicts next.
      if (this.#model === model) this.#fail(error);
    } finally {
      this.#isPredicting = false;
      if (this.#requests === serving) this.#createdView?.interactions?.control.settle();
      else this.#requestPrediction();
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "sketch-classifier": SketchClassifierElement;
  }
}
