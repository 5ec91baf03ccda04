// Parts of the element that can wait until after its first answer: keyboard, the reader's own images, explanations,
// announcements, forms.
import { Keyboard } from "../pad/keyboard.ts";
import { pointOf } from "../pad/cursor.ts";
import { announcement, headline, trust } from "./announcement.ts";
import { create, setText } from "./dom.ts";
import { engageByTouch } from "./engage.ts";
import { Explanation } from "./explanation.ts";
import { FormControl, type FormHost, type FormView } from "./form.ts";
import css from "./interactions.css?inline";
import { acceptImages, type ImageHost } from "./images.ts";
import { whole, type WholeStyle } from "./later-words.ts";
import type { Model, Prediction } from "./types.ts";
import { isOver } from "../runtime/judge.ts";
import { watchProof } from "../runtime/proof.ts";
import { fillIn } from "./words.ts";

/** How long an announcement waits for what it takes to judge the first answer. */
const PATIENCE_MS = 1000;

/** The parts of an element that they work on. */
export interface InteractionHost extends ImageHost, FormView {
  readonly canvas: HTMLCanvasElement;
  readonly model: Model | null;
  /** Holds what the model sees. */
  readonly pictures: HTMLElement;
}

export interface Interactions {
  readonly css: string;
  readonly keyboard: Keyboard;
  readonly form: FormControl;
  readonly show: (prediction: Prediction | null, isExplained: boolean) => void;
  /** The sentence for when drawing pauses. */
  readonly announcement: (prediction: Prediction | null) => Promise<string>;
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
  const trusted = create("p", "confidence");
  const over = create("p", "over");
  host.padBox.querySelector(".hint")!.append(tap);
  host.padBox.append(cursor);
  host.pictures.append(explanation.element);
  host.pictures.parentElement!.prepend(words, trusted);
  host.pictures.after(over);
  let shown: Prediction | null = null;
  /** The same, with its judgement once that is known. */
  let judged: Prediction | null = null;
  let said = "";

  function say(prediction: Prediction | null, all: WholeStyle): void {
    const { model } = host;
    if (prediction !== shown) judged = shown = prediction;
    setText(words, headline(prediction, all));
    if (!model) return;
    watch(model);
    const show = (): void => {
      setText(trusted, trust(judged, model.manifest, all));
    };
    show();
    // The first answers come before the judge.
    if (prediction && judged?.confidence === undefined) {
      void model.judge(prediction).then((judgement) => {
        if (shown !== prediction) return;
        judged = { ...prediction, ...judgement };
        show();
      });
    }
  }

  let watched: Model | null = null;
  function watch(model: Model): void {
    if (model === watched) return;
    watched = model;
    watchProof(model, (proof) => {
      const { drawing } = host;
      if (host.model !== model) return;
      element.dispatchEvent(new CustomEvent("proof", { detail: proof }));
      // The drawing on the pad is read again: its answer was wrong.
      if (proof.agreed < proof.count && !drawing.current) drawing.replace(drawing.image ?? drawing.strokes);
    });
  }

  function warn({ texts }: WholeStyle): void {
    const expires = host.model?.expires;
    over.hidden = !isOver(expires);
    setText(over, over.hidden ? "" : fillIn(texts.expired, { date: String(expires).slice(0, 10) }));
  }

  warn(whole(host));
  const form = new FormControl(element, host, internals);
  return {
    css,
    keyboard,
    form,
    show(prediction, isExplained) {
      const all = whole(host);
      setText(tap, all.texts.tap);
      say(prediction, all);
      warn(all);
      explanation.show(isExplained ? host.model : null, prediction, all);
      form.update();
    },
    async announcement(prediction) {
      const all = whole(host);
      if (prediction) {
        say(prediction, all); // it may have been predicted before this part was there
        const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
        await Promise.race([host.model?.judge(prediction), patience]);
        if (shown !== prediction) return said; // it is followed by another one
      }
      const { drawing, refused } = host;
      const empty = said && all.texts.blank; // not where nothing ever was
      const answer = prediction && [announcement(prediction, all), trusted.textContent].filter(Boolean).join(". ");
      return (said = refused || (answer ?? (drawing.isBlank ? empty : "")));
    },
    choose: acceptImages(host),
  };
}
