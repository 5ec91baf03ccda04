// What an element can do without until it has answered a drawing: keys, pictures of the reader's own, explanations.
import css from "./attend.css?inline";
import { Explanation } from "./explanation.ts";
import { Keys } from "./keys.ts";
import { takePictures, type PictureHost } from "./pictures.ts";

/** Of an element. */
export interface Attended extends PictureHost {
  /** What the model saw is in here. */
  readonly pictures: HTMLElement;
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
