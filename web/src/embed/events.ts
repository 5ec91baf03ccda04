// The element's types: what it tells, and how one listens.
import type { ModelError } from "../runtime/errors.ts";
import type { Model, Prediction, Progress } from "./types.ts";

/** What the element tells. `predict` and `clear` bubble, and cross shadow roots; the others do not, like those of an <img>. */
export interface SketchClassifierOwnEvents {
  /** The model is there. */
  load: CustomEvent<Model>;
  /** A piece of the model has arrived. */
  progress: CustomEvent<Progress>;
  /** The model cannot be loaded, or fails. Unless it is cancelled, the console says why. */
  error: CustomEvent<ModelError>;
  /** The drawing has an answer: while it is drawn, with each frame. */
  predict: CustomEvent<Prediction>;
  /** The pad has become empty. */
  clear: CustomEvent<null>;
}

export type SketchClassifierEventMap = Omit<HTMLElementEventMap, keyof SketchClassifierOwnEvents> &
  SketchClassifierOwnEvents;

/** `addEventListener` and its opposite. */
export interface Listening {
  addEventListener<K extends keyof SketchClassifierEventMap>(
    type: K,
    listener: (this: this, event: SketchClassifierEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<K extends keyof SketchClassifierEventMap>(
    type: K,
    listener: (this: this, event: SketchClassifierEventMap[K]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | EventListenerOptions,
  ): void;
}
