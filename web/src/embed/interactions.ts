// Parts of the element that can wait until after its first answer: keyboard, the reader's own images, explanations,
// announcements, forms.
import { Keyboard } from "../pad/keyboard.ts";
import { pointOf } from "../pad/cursor.ts";
import { announcement, headline } from "./announcement.ts";
import type { Style } from "./answers.ts";
import { create, setText } from "./dom.ts";
import { engageByTouch } from "./engage.ts";
import { Explanation } from "./explanation.ts";
import { FormControl, type FormHost, type FormView } from "./form.ts";
import css from "./interactions.css?inline";
import { acceptImages, type ImageHost } from "./images.ts";
import { whole } from "./later-words.ts";
import type { Model, Prediction } from "./types.ts";

/** The parts of an element that they work on. */
export interface InteractionHost extends ImageHost, FormView, Style {
  readonly canvas: HTMLCanvasElement;
  /** Holds what the model sees. */
  readonly pictures: HTMLElement;
}

export interface Interactions {
  readonly css: string;
  readonly keyboard: Keyboard;
  readonly form: FormControl;
  /** @param toExplain The model, where its answer shall be explained. */
  readonly show: (toExplain: Model | null, prediction: Prediction | null, style: Style) => void;
  readonly announcement: (prediction: Prediction, style: Style) => string;
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
  engageByTouch(host);
  const explanation = new Explanation();
  const tap = create("small", "", whole(host).texts.tap);
  const words = create("p", "headline");
  host.padBox.querySelector(".hint")!.append(tap);
  host.padBox.append(cursor);
  host.pictures.append(explanation.element);
  host.pictures.parentElement!.prepend(words);
  const form = new FormControl(element, host, internals);
  return {
    css,
    keyboard,
    form,
    show(toExplain, prediction, style) {
      const all = whole(style);
      setText(tap, all.texts.tap);
      setText(words, headline(prediction, all));
      explanation.show(toExplain, prediction, all);
      form.update();
    },
    announcement(prediction, style) {
      const all = whole(style);
      setText(words, headline(prediction, all)); // it may have been predicted before this part was there
      return announcement(prediction, all);
    },
    choose: acceptImages(host),
  };
}
