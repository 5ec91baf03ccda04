// A form control's members, clicks of labels, and `change`, which the element has in a form or not.
import type { Drawing } from "../pad/drawing.ts";
import type { FormHost, FormView } from "./host.ts";

/**
 * Pause in drawing before `change` tells of it, as long as the one before the answer is announced.
 */
const REST_MS = 700;

/** Members that every form control has, and the browser keeps for it. */
export const MEMBERS = [
  "form",
  "validity",
  "validationMessage",
  "willValidate",
  "checkValidity",
  "reportValidity",
] as const;
/** Missing until the element has loaded, and in browsers without form-associated elements. */
export type FormMembers = Pick<ElementInternals, (typeof MEMBERS)[number]>;

/** Its `change` tells once of each drawing that is at rest, when its answer is there. */
export class Control {
  readonly #host: FormHost;
  readonly #drawing: Drawing;
  /** The news that the next `change` event will tell. */
  #news: "drawn" | "at rest" | null = null;
  /** True if the answer is that to the latest drawing. */
  #isAnswered = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    host: FormHost,
    { drawing, padBox }: FormView,
    internals: ElementInternals | undefined,
  ) {
    this.#host = host;
    this.#drawing = drawing;
    for (const name of internals ? MEMBERS : []) {
      Object.defineProperty(host, name, {
        get: () => {
          const member: unknown = Reflect.get(internals!, name);
          return typeof member === "function" ? (member.bind(internals) as unknown) : member;
        },
      });
    }
    // A label hands its clicks on to the element itself; those on what is in it come from there.
    host.addEventListener("click", (event) => {
      if (event.composedPath()[0] === host && !padBox.inert) host.focus();
    });
    if (!drawing.isBlank) {
      this.#onDrawingChange(); // drawn before this was there
      this.#isAnswered = host.prediction !== null;
    }
    drawing.watch(() => {
      this.#onDrawingChange();
    });
  }

  #onDrawingChange(): void {
    this.#news = "drawn";
    this.#isAnswered = false;
    clearTimeout(this.#timer);
    if (this.#drawing.current) return;
    this.#timer = setTimeout(() => {
      this.#news = "at rest";
      if (this.#isAnswered) this.settle();
    }, REST_MS);
  }

  /** Do not tell of the drawing that is on the pad. */
  forget(): void {
    clearTimeout(this.#timer);
    this.#news = null;
  }

  /** The latest drawing has been answered, or there is no model. */
  settle(): void {
    const { prediction } = this.#host;
    this.#isAnswered = true;
    if (this.#news !== "at rest" || !(this.#drawing.isBlank || prediction)) return;
    this.#news = null;
    this.#host.dispatchEvent(
      new CustomEvent("change", { detail: prediction, bubbles: true, composed: true }),
    );
  }
}
