// Parts of the element that can wait until after its first answer: keyboard, the reader's own images, explanations,
// announcements, forms.
import { Keyboard } from "../pad/keyboard.ts";
import { pointOf } from "../pad/cursor.ts";
import { announcement } from "./announcement.ts";
import { create } from "./dom.ts";
import { Explanation } from "./explanation.ts";
import { FormControl, type FormHost, type FormView } from "./form.ts";
import css from "./interactions.css?inline";
import { acceptImages, type ImageHost } from "./images.ts";

/** The parts of an element that they work on. */
export interface InteractionHost extends ImageHost, FormView {
  readonly canvas: HTMLCanvasElement;
  /** Holds what the model sees. */
  readonly pictures: HTMLElement;
}

export interface Interactions {
  readonly css: string;
  readonly keyboard: Keyboard;
  readonly explanation: Explanation;
  readonly form: FormControl;
  readonly announcement: typeof announcement;
  /** Opens the dialogue that chooses a file. */
  readonly choose: () => void;
}

export function interactions(
  host: InteractionHost,
  element: FormHost,
  internals: ElementInternals | undefined,
): Interactions {
  /** Shown by the style sheet while the canvas has the keyboard focus. */
  const cursor = create("div", "cursor");
  const keyboard = new Keyboard(host.canvas, host.drawing, (cell, isDown) => {
    const { x, y } = pointOf(cell);
    cursor.style.left = `${100 * x}%`; // not logical: the pad is not mirrored where text runs from right to left
    cursor.style.top = `${100 * y}%`;
    cursor.classList.toggle("down", isDown);
  });
  const explanation = new Explanation();
  host.padBox.append(cursor);
  host.pictures.append(explanation.element);
  const form = new FormControl(element, host, internals);
  return { css, keyboard, explanation, form, announcement, choose: acceptImages(host) };
}
