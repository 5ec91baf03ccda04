// <sketch-classifier>: the class. Importing it does nothing, also where there is no page; define.ts registers it.
import { ModelError } from "../runtime/errors.ts";
import type { Listening, SketchClassifierOwnEvents } from "./events.ts";
import { create } from "./dom.ts";
import { share, type Share } from "./sharing.ts";
import type { Model, Prediction } from "./types.ts";
import { VERSION } from "./version.ts";
import { View } from "./view.ts";
import type { Texts } from "./words.ts";

/**
 * Milliseconds that the element may be an empty slot: making and painting it would keep the browser from a quick download, and is
 * done once in place of twice when the model is there by then.
 */
const UNSEEN_MS = 100;
/** How far from the window an element with loading="lazy" starts to load. */
const AHEAD = "256px";

const TEXTUAL = ["src", "alt", "loading", "theme", "format", "labels"] as const;

/** Properties that are attributes of the same name, "" where they are missing. */
export interface TextualAttributes {
  /** Address of a `latest.json` or of a version's `manifest.json`; relative ones start at the page. */
  src: string;
  /** Name of the whole, for those who listen. */
  alt: string;
  /** "lazy": loads when it comes near the window. Anything else: at once. */
  loading: string;
  /** "light" or "dark"; anything else: the page's own colour on the page's own background. */
  theme: string;
  /** Id of one of the manifest's formats; left out, the smallest one that was verified. */
  format: string;
  /** Labels to show in place of the model's, as many, separated by commas. */
  labels: string;
}

// On a server there is no HTMLElement.
const Base = ("HTMLElement" in globalThis ? HTMLElement : Object) as new () => TextualAttributes &
  Listening &
  HTMLElement;

export class SketchClassifierElement extends Base {
  static readonly observedAttributes: readonly string[] = [...TEXTUAL, "explain", "texts"];
  /** Of this library. */
  static readonly version: string = VERSION;

  readonly #shadow = this.attachShadow({ mode: "open" });
  #made: View | null = null;
  /** The timer until it is seen. */
  #unseen = 0;
  #share: Share | null = null;
  #model: Model | null = null;
  #prediction: Prediction | null = null;
  #nearby: IntersectionObserver | null = null;
  /** `src` and `format` as they are loaded, or will be. */
  #asked = "";
  #wasBlank = true;
  #refocus = false;
  #requests = 0;
  #answering = false;

  static {
    for (const name of TEXTUAL) {
      Object.defineProperty(this.prototype, name, {
        configurable: true,
        enumerable: true,
        get(this: HTMLElement) {
          return this.getAttribute(name) ?? "";
        },
        set(this: HTMLElement, value: string | null | undefined) {
          // Frameworks take an attribute away by setting its property to nothing.
          if (value == null) this.removeAttribute(name);
          else this.setAttribute(name, value);
        },
      });
    }
  }

  constructor() {
    super();
    this.#shadow.append(create("slot")); // until there is more to see
  }

  /** Made when it is first needed. */
  get #view(): View {
    if (this.#made) return this.#made;
    const view = (this.#made = new View(this.#shadow, () => {
      this.#drawn();
    }));
    const { root, retry, pad } = view;
    retry.onclick = () => {
      this.#refocus = true;
      this.reload();
    };
    root.ontransitionend = ({ propertyName }) => {
      if (propertyName !== "color") return;
      pad.repaint();
      this.#answer();
    };
    view.adoptStyles();
    view.show("loading");
    this.#word();
    return view;
  }

  /** Let it be seen. */
  #reveal(): View {
    clearTimeout(this.#unseen);
    this.#view.reveal();
    return this.#view;
  }

  /** Show which pixels speak for the answer and which against it; only linear models can be explained. */
  get explain(): boolean {
    return this.hasAttribute("explain");
  }
  set explain(value: boolean) {
    this.toggleAttribute("explain", value);
  }

  /** Words in place of the English ones; the attribute is JSON, which may be set too. What is left out stays English. */
  get texts(): Partial<Texts> {
    return this.#view.texts;
  }
  set texts(value: Partial<Texts> | string | null | undefined) {
    // A framework sets what its page wrote: there the attribute's own text.
    this.setAttribute("texts", typeof value === "string" ? value : JSON.stringify(value ?? {}));
  }

  /** Null until `load`. */
  get model(): Model | null {
    return this.#model;
  }

  /** The latest answer; null while the pad is empty. */
  get prediction(): Prediction | null {
    return this.#prediction;
  }

  /** Empty the pad. */
  clear(): void {
    this.#view.pad.clear();
  }

  /** Take back the last stroke, or the clearing. */
  undo(): void {
    this.#view.pad.undo();
  }

  /** Load the model again, past the browser's cache. */
  reload(): void {
    this.#load(true);
  }

  /** The keyboard's focus goes to the pad. */
  override focus(options?: FocusOptions): void {
    this.#reveal().pad.canvas.focus(options);
  }

  connectedCallback(): void {
    for (const name of SketchClassifierElement.observedAttributes) {
      // A framework may have set it before the element was defined.
      const own = Object.getOwnPropertyDescriptor(this, name);
      if (own && Reflect.deleteProperty(this, name)) Reflect.set(this, name, own.value);
    }
    this.#load(false);
    if (this.#made) {
      this.#made.adoptStyles(); // it may have come from another document
      this.#word();
    }
  }

  disconnectedCallback(): void {
    // Not at once: an element that is moved comes back before this runs, and keeps its model.
    queueMicrotask(() => {
      if (!this.isConnected) this.#release();
    });
  }

  /** There for moveBefore(), which then calls neither of the two above. */
  connectedMoveCallback(): void {
    // Nothing changes.
  }

  attributeChangedCallback(name: string): void {
    if (!this.isConnected) return;
    if (/src|format|loading/.test(name)) {
      // Once for all that are set together.
      queueMicrotask(() => {
        this.#load(false);
      });
    } else if (this.#made) this.#word();
  }

  /** Load what `src` says, unless it is there or under way. */
  #load(anew: boolean): void {
    const { src, format, loading } = this;
    const asked = `${src} ${format}`;
    if (!this.isConnected || (!anew && this.#share && this.#asked === asked)) return;
    this.#release();
    this.#asked = asked;
    const waits = !anew && loading === "lazy" && "IntersectionObserver" in window;
    this.#made?.show("loading");
    if (src && !waits) {
      const reveal = () => this.#reveal();
      this.#unseen = window.setTimeout(reveal, UNSEEN_MS);
      void this.#fetch(anew);
      return;
    }
    const { root } = this.#reveal();
    if (!src) return;
    const load: IntersectionObserverCallback = (seen) => {
      if (seen.some(({ isIntersecting }) => isIntersecting)) void this.#fetch(false);
    };
    this.#nearby = new IntersectionObserver(load, { rootMargin: AHEAD });
    this.#nearby.observe(root);
  }

  async #fetch(anew: boolean): Promise<void> {
    this.#nearby?.disconnect();
    const address = Object.assign(create("a"), { href: this.src }).href; // absolute, or as it is where it is no URL
    const mine = (this.#share = share(address, this.format || undefined, anew, (progress) => {
      // Its parts are made while the files, which all have been asked for after this, are on their way.
      if (!this.#made) queueMicrotask(() => this.#view);
      this.#made?.progress(progress.loaded / progress.total);
      this.#emit("progress", progress);
    }));
    try {
      const model = await mine.model;
      if (this.#share !== mine) return; // removed meanwhile, or asked for another
      this.#model = model;
      if (this.#made) this.#word();
      this.#reveal().show("ready");
      if (this.#refocus) this.focus();
      this.#refocus = false;
      this.#emit("load", model);
      this.#request();
    } catch (error) {
      if (this.#share === mine) this.#fail(error);
    }
  }

  #release(): void {
    this.#nearby?.disconnect();
    this.#share?.release();
    this.#nearby = this.#share = this.#model = this.#prediction = null;
  }

  #fail(error: unknown): void {
    const reason = error instanceof ModelError ? error : new ModelError("unsupported", String(error), error);
    this.#release();
    this.#reveal().show("failed");
    if (this.#emit("error", reason)) console.error(`<${this.localName}> ${reason.message}`);
  }

  #emit<K extends keyof SketchClassifierOwnEvents>(name: K, detail: SketchClassifierOwnEvents[K]["detail"]): boolean {
    const bubbles = name === "predict" || name === "clear";
    const settings = { detail, bubbles, composed: bubbles, cancelable: name === "error" };
    return this.dispatchEvent(new CustomEvent(name, settings));
  }

  /** Put the words of `alt`, `labels` and `texts` in their places. */
  #word(): void {
    const view = this.#view;
    const model = this.#model;
    const json = this.getAttribute("texts");
    let texts: Partial<Texts> = {};
    try {
      texts = JSON.parse(json ?? "{}") as Partial<Texts>;
    } catch {
      this.#warn('texts must be JSON like {"hint": "…"}', json);
    }
    const { lang } = this.closest<HTMLElement>("[lang]") ?? document.documentElement;
    view.word(this.alt || (model?.manifest.name ?? this.localName), texts, lang, model);
    if (model) {
      const { labels } = model;
      const own = this.labels.split(",").map((label) => label.trim());
      const fit = own.length === labels.length;
      view.labels = fit && this.labels ? own : labels;
      if (!fit && this.labels) this.#warn(`labels must be ${labels.length}, separated by commas`, this.labels);
    }
    view.drawn(() => this.#prediction);
    this.#answer();
  }

  #warn(rule: string, received: string | null): void {
    console.warn(`<${this.localName}> ${rule}. Received: ${received ?? ""}. Correct the attribute.`);
  }

  #answer(): void {
    this.#view.answer(this.#model, this.#prediction, this.explain);
  }

  #drawn(): void {
    const { blank } = this.#view.pad;
    this.#view.drawn(() => this.#prediction);
    if (blank) {
      this.#prediction = null;
      this.#answer();
      if (!this.#wasBlank) this.#emit("clear", null);
    }
    this.#wasBlank = blank;
    this.#request();
  }

  /** Ask for an answer to the latest drawing, with the next frame. */
  #request(): void {
    this.#requests += 1;
    if (this.#answering) return;
    this.#answering = true;
    requestAnimationFrame(() => void this.#predict());
  }

  async #predict(): Promise<void> {
    const serving = this.#requests;
    const model = this.#model;
    try {
      const { pad } = this.#view;
      const pixels = model && pad.pixels();
      if (model && pixels) {
        // With a small model this is done before the frame is shown: nothing in it really waits.
        const prediction = await model.predict(pixels);
        if (this.#model === model && !pad.blank) {
          this.#prediction = prediction.label === null ? null : prediction; // a picture may hold nothing to read
          this.#answer();
          if (this.#prediction) this.#emit("predict", this.#prediction);
        }
      }
    } catch (error) {
      // One that was exchanged meanwhile refuses; the new one is asked next.
      if (this.#model === model) this.#fail(error);
    } finally {
      // Whatever happened: while this were true, nothing would be answered any more.
      this.#answering = false;
      if (this.#requests !== serving) this.#request();
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "sketch-classifier": SketchClassifierElement;
  }
}
