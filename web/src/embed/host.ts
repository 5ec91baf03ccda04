// The element and its view, as the parts see them that are fetched later.
import type { Drawing } from "../pad/drawing.ts";
import type { ModelStyle } from "./later-words.ts";
import type { Model, Prediction } from "./types.ts";
import type { Words } from "./words.ts";

/** The parts of an element that take images. */
export interface ImageHost extends ModelStyle {
  readonly drawing: Drawing;
  /**
   * Everything: an image that is pasted while the pointer or the focus is here is meant for the
   * element.
   */
  readonly root: HTMLElement;
  /** Holds the canvas; images are dropped here. */
  readonly padBox: HTMLElement;
  /**
   * Why the last file was refused, if it was not an image: shown in place of the hint until
   * something is drawn.
   */
  refused: string;
}

/** The element. */
export interface FormHost extends HTMLElement {
  readonly alt: string;
  readonly required: boolean;
  readonly disabled: boolean;
  readonly readOnly: boolean;
  readonly model: Model | null;
  readonly prediction: Prediction | null;
}

/** The parts of its view that forms concern. */
export interface FormView {
  readonly drawing: Drawing;
  readonly root: HTMLElement;
  readonly padBox: HTMLElement;
  readonly canvas: HTMLElement;
  readonly retry: HTMLElement;
  readonly texts: Words;
}

/** The parts of its view that the interactions work on. */
export interface InteractionHost extends ImageHost, FormView {
  readonly canvas: HTMLCanvasElement;
  readonly model: Model | null;
  /** Holds what the model sees. */
  readonly pictures: HTMLElement;
}
