// What an element can do without until it has answered a drawing: keys, pictures of the reader's own, explanations.
import css from "./interactions.css?inline";
import { Explanation } from "./explanation.ts";
import { Keys } from "./keys.ts";
import { takePictures, type PictureHost } from "./pictures.ts";

/** Of an element. */
export interface InteractionHost {
  readonly pad: Pad;
  /** The whole: what is pasted while the pointer or the keyboard's focus is here is meant for it. */
  readonly root: HTMLElement;
  /** Where the pad lies, and pictures are dropped. */
  readonly padBox: HTMLElement;
  /** What the model saw is in here. */
  readonly pictures: HTMLElement;
}

export interface Interactions {
  /** What it looks like. */
  readonly css: string;
  readonly keys: Keys;
  readonly explanation: Explanation;
  /** Lets the reader choose a file. */
  readonly choose: () => void;
}

export function interactions(element: InteractionHost): Interactions {
  const keys = new Keys(element.pad);
  const explanation = new Explanation();
  element.padBox.append(keys.cursor);
  element.pictures.append(explanation.element);
  return { css, keys, explanation, choose: takePictures(element) };
}
