// The types of the element's events, and of listening to them.
import type { ModelError } from "../runtime/errors.ts";
import type { Model, Prediction, Progress, Proof } from "./types.ts";

/**
 * Like those of an <img>, events do not bubble, except `predict`, `change` and `clear`, which cross
 * shadow roots too.
 */
export interface SketchClassifierOwnEvents {
  /** The model has loaded. */
  load: CustomEvent<Model>;
  /** Part of the model has been downloaded. */
  progress: CustomEvent<Progress>;
  /**
   * The model could not be loaded, or failed. The reason is logged to the console unless the event
   * is cancelled.
   */
  error: CustomEvent<ModelError>;
  /** There is a new prediction: while drawing, one per frame. */
  predict: CustomEvent<Prediction>;
  /** A drawing is at rest and has its answer, or the pad is blank: null. */
  change: CustomEvent<Prediction | null>;
  /**
   * The device has answered the manifest's probes: soon after the first prediction, and later on
   * accelerated backends.
   */
  proof: CustomEvent<Proof>;
  /** The pad has become blank. */
  clear: CustomEvent<null>;
}

export type SketchClassifierEventMap = Omit<HTMLElementEventMap, keyof SketchClassifierOwnEvents> &
  SketchClassifierOwnEvents;

interface Listening<Self, Options> {
  <K extends keyof SketchClassifierEventMap>(
    type: K,
    listener: (this: Self, event: SketchClassifierEventMap[K]) => unknown,
    options?: boolean | Options,
  ): void;
  (type: string, listener: EventListenerOrEventListenerObject, options?: boolean | Options): void;
}

/** `addEventListener` and `removeEventListener`, which know these events. */
export interface TypedEventTarget {
  addEventListener: Listening<this, AddEventListenerOptions>;
  removeEventListener: Listening<this, EventListenerOptions>;
}
