// The element as a form control: its value, validity, reset, restored state and labels. Fetched at
// once in a form, and elsewhere when it is asked for.
import { BLANK, type Drawing } from "../pad/drawing.ts";
import { decodeStrokes, encodeStrokes } from "../pad/link.ts";
import { paintShape, PEN_WIDTH, snap, type Point } from "../pad/strokes.ts";
import type { Control } from "./control.ts";
import { setLabel } from "./dom.ts";
import type { FormHost, FormView } from "./host.ts";
import type { Explanation } from "./types.ts";

/** Characters of a drawing as text: a form takes far longer ones than a link does. */
const LIMIT = 1_000_000;

/** The element's methods of the same names, which describe.ts describes. */
export interface FormMethods {
  setCustomValidity(message: string): void;
  toBlob(type?: string, side?: number): Promise<Blob | null>;
  explainAnswer(label?: string): Promise<Explanation | null>;
  // The browser calls these.
  formDisabledCallback(): void;
  formResetCallback(): void;
  formStateRestoreCallback(state: string): void;
}

/** A stroke whose points may leave out their width. */
export type LooseStroke = readonly (Omit<Point, "width"> & Partial<Point>)[];

export class FormControl implements FormMethods {
  readonly #host: FormHost;
  readonly #view: FormView;
  /** Undefined in older browsers, where it is no part of the form: all else works. */
  readonly #internals: ElementInternals | undefined;
  /** The drawing as text. */
  #text = "";
  /** Why the page does not accept it. */
  #complaint = "";

  constructor(
    host: FormHost,
    view: FormView,
    internals: ElementInternals | undefined,
    control: Control,
  ) {
    this.#host = host;
    this.#view = view;
    this.#internals = internals;
    const given = this.#given;
    if (given && view.drawing.isBlank) {
      view.drawing.replace(given);
      control.forget(); // as of any control's first value
    }
    view.drawing.watch(() => {
      this.#report(); // all else stays as it is while somebody draws
    });
    this.update();
  }

  /** The drawing of the attribute `value`. */
  get #given(): Drawing["strokes"] | null {
    return decodeStrokes(this.#host.getAttribute("value") ?? "", LIMIT);
  }

  get value(): string {
    const host = this.#host;
    return host.getAttribute("value-as") === "strokes"
      ? this.#text
      : (host.prediction?.label ?? "");
  }

  /** @param text A new value. */
  take(text: string): void {
    const { drawing } = this.#view;
    if (text === "") drawing.clear();
    else if (text !== this.value) {
      // Frameworks give back what they were given; anything else that is no drawing is a mistake.
      const strokes = decodeStrokes(text, LIMIT);
      if (strokes) this.draw(strokes);
      else
        console.warn(
          `<${this.#host.localName}> value must be the text of a drawing, or empty. Received: ${text}.`,
        );
    }
  }

  /** A model of photos takes no strokes. One that has not loaded yet drops them then. */
  draw(strokes: readonly LooseStroke[]): void {
    const { drawing } = this.#view;
    const snapped = strokes.map((points) =>
      points.map((point) => snap({ width: PEN_WIDTH, ...point })),
    );
    if (drawing.takesStrokes) drawing.put(snapped);
  }

  setCustomValidity(message: string): void {
    this.#complaint = message;
    this.update();
  }

  async toBlob(type = "image/png", side = 512): Promise<Blob | null> {
    const { drawing } = this.#view;
    if (drawing.isBlank) return null;
    const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
    const context = canvas.getContext("2d")!;
    context.fillStyle = "#fff";
    context.fillRect(0, 0, side, side);
    context.fillStyle = context.strokeStyle = "#000";
    context.lineCap = context.lineJoin = "round";
    context.scale(side, side);
    for (const stroke of drawing.strokes) paintShape(context, stroke);
    context.resetTransform();
    drawing.image?.paint(context, side);
    return new Promise((resolve) => {
      canvas.toBlob(resolve, type);
    });
  }

  async explainAnswer(label?: string): Promise<Explanation | null> {
    const { model, prediction } = this.#host;
    return model && prediction && model.explain(prediction.input, label);
  }

  formDisabledCallback(): void {
    this.update();
  }

  formResetCallback(): void {
    const given = this.#given;
    if (given) this.draw(given);
    else this.#view.drawing.clear();
  }

  formStateRestoreCallback(state: string): void {
    const strokes = state === "" ? BLANK : decodeStrokes(state, LIMIT);
    if (strokes) this.draw(strokes);
  }

  /**
   * Called after each change of the drawing, the answer, the attributes and the state of loading.
   */
  update(): void {
    this.#lock();
    this.#takeName();
    this.#report();
  }

  /** Tell the form what it would post. */
  #report(): void {
    const { drawing } = this.#view;
    if (!drawing.current) this.#text = encodeStrokes(drawing.strokes, LIMIT) ?? "";
    this.#internals?.setFormValue(this.value, this.#text);
    this.#validate();
  }

  #validate(): void {
    const host = this.#host;
    const { root, canvas, retry, drawing, texts } = this.#view;
    const valueMissing = host.required && !this.value;
    const hasFailed = root.classList.contains("failed");
    const hint = hasFailed ? texts.failed : drawing.takesStrokes ? texts.hint : texts.photo;
    const flags = { valueMissing, customError: this.#complaint !== "" };
    const anchor = hasFailed ? retry : canvas;
    // The anchor must be in the page; and a message must not be empty.
    this.#internals?.setValidity(
      flags,
      this.#complaint || hint || host.localName,
      root.isConnected ? anchor : undefined,
    );
  }

  #lock(): void {
    const { drawing, root, padBox } = this.#view;
    const { readOnly } = this.#host;
    // a <fieldset> can disable it, too
    const disabled = this.#host.matches(":disabled, [disabled]");
    const buttons = root.querySelector<HTMLElement>("[part=buttons]")!;
    const locked = readOnly || disabled;
    if (locked && !padBox.inert) drawing.up();
    padBox.inert = buttons.inert = locked;
    padBox.style.opacity = buttons.style.opacity = disabled ? "0.6" : "";
    buttons.hidden = readOnly;
    padBox.querySelector<HTMLElement>("[part=hint]")!.hidden = locked;
    root.ariaDisabled = disabled ? "true" : null;
  }

  /** Without `alt`, a <label> names it. */
  #takeName(): void {
    const host = this.#host;
    const { root } = this.#view;
    const labels = [...(this.#internals?.labels ?? [])];
    const texts = labels.map(({ childNodes }) =>
      // Not what is between the element's own tags.
      Array.from(childNodes, (node) => (node.contains(host) ? "" : (node.textContent ?? ""))).join(
        "",
      ),
    );
    const name = texts.join(" ").trim();
    if (name && !host.alt && root.ariaLabel !== name) setLabel(root, name);
  }
}
