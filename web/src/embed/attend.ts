// What an element can do without until it has answered a drawing: keys, pictures of the reader's own, explanations.
import css from "./attend.css?inline";
import { Explanation } from "./explanation.ts";
import { Keys } from "./keys.ts";
import type { Pad } from "./pad.ts";
import { takePictures } from "./pictures.ts";

/** Of an element. */
export interface Attended {
  readonly pad: Pad;
  /** The whole: what is pasted while the pointer or the keyboard's focus is here is meant for it. */
  readonly root: HTMLElement;
  /** Where the pad lies, and pictures are dropped. */
  readonly padBox: HTMLElement;
  /** What the model saw is in here. */
  readonly pictures: HTMLElement;
  /** A file was no picture. */
  refuse(): void;
}

export interface Attendant {
  /** What it looks like. */
  readonly css: string;
  readonly keys: Keys;
  readonly explanation: Explanation;
  /** Lets the reader choose a file. */
  readonly choose: () => void;
}

export function attend(element: Attended): Attendant {
  const keys = new Keys(element.pad);
  const explanation = new Explanation();
  element.padBox.append(keys.cursor);
  element.pictures.append(explanation.element);
  return { css, keys, explanation, choose: takePictures(element) };
}
