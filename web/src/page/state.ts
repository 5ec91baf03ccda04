// The state that the panels share. A panel is a module with a function `mount…(root, store)`. It
// reads the state, changes only the state and its own elements, and does not import other panels.
import type { BlankPrediction, Model, Pixels, Prediction } from "../runtime/types.ts";
import type { Ink } from "../pad/drawing.ts";
import type { Trust } from "./unlike.ts";

/** A published model, as `models/index.json` lists it. */
export interface IndexEntry {
  readonly name: string;
  /** Address of its `latest.json`, relative to `models/`. */
  readonly path: string;
  /** The owner's title, if there is one. */
  readonly title?: unknown;
}

export type Status =
  | { readonly kind: "loading"; readonly loaded: number; readonly total: number } // bytes; total is 0 until known
  | { readonly kind: "ready" }
  /** `advice` is for the visitor, `detail` for the site's maintainer. */
  | {
      readonly kind: "failed";
      readonly title: string;
      readonly advice: string;
      readonly detail: string;
    };

/** The drawing, or the visitor's own image. */
export interface PageInk extends Ink {
  /** The part of the canvas in `box`; the next reading of any drawing may write over it. */
  readonly read: () => Pixels;
  /** It is worth an answer: no dot or short dash. */
  readonly suffices: boolean;
}

/**
 * An image of the data set, put on the pad instead of a drawing. It goes through the manifest's
 * `image` steps only.
 */
export interface Placed {
  /** height × width × channels values in 0..1: ink, or colors. */
  readonly picture: Float32Array;
  /** For the visitor, e.g. "Test image 33, a 4". */
  readonly caption: string;
  /** Its index in the test set, for the page's address; without one, a link cannot restore it. */
  readonly index?: number;
  /** Index of its true label; null where nobody knows it. */
  readonly labelIndex: number | null;
  /**
   * Set for a picture whose pixels were changed on the page. It is prepared already: ink in 0..1.
   */
  readonly changed?: Changed;
}

export interface Changed {
  /** The pad's content before any change: a selection still applies to it. */
  readonly from: object | null;
  /** The picture before an ongoing change, as while a pen moves: undo goes back to before both. */
  readonly continues: Placed | null;
  /** How a model reads it: no step that moves ink may be applied once more. */
  readonly read: (model: Model) => Promise<Prediction | BlankPrediction>;
}

export interface PageState {
  readonly status: Status;
  /** Published models, the default one first. */
  readonly entries: readonly IndexEntry[];
  /** Where the owner says that the site is hosted: `base_url` of `models/index.json`, unchecked. */
  readonly baseUrl: unknown;
  /**
   * Name of the model that the visitor chose, on the page or in the address; null: the default one.
   */
  readonly chosen: string | null;
  readonly model: Model | null;
  /**
   * The drawing or the visitor's own image; a new object after every change. Null while there is
   * neither.
   */
  readonly ink: PageInk | null;
  /** An image that a panel put on the pad; drawing or clearing removes it. */
  readonly placed: Placed | null;
  /** A message about what is on the pad; empty again after the next change. */
  readonly note: string;
  /** A stroke is in progress. */
  readonly drawing: boolean;
  /** The pad shows the page's own example, which nobody has drawn: it is not announced. */
  readonly sample: boolean;
  /**
   * Null while too little is drawn, or no model is loaded, or not what tells whether to believe it.
   */
  readonly prediction: Prediction | null;
  /**
   * How far to believe the prediction; null where nothing is known of that, as of the page's own
   * example.
   */
  readonly trust: Trust | null;
  /** Index of the class that the visitor selected. */
  readonly picked: number | null;
  /** How often the visitor has retried the download. */
  readonly retries: number;
}

/** Select a class, so that explanations stay with it, or deselect it. */
export function pick(store: Store, index: number): void {
  store.update({ picked: store.state.picked === index ? null : index });
}

/**
 * The pad's content: another object whenever it is something else, and the same one while it is
 * only changed.
 */
export const contentOf = ({ placed, ink }: PageState): object | null =>
  placed?.changed?.from ?? placed ?? ink?.context ?? null;

/**
 * A selection applies to what is on the pad. When that is replaced or cleared, explanations follow
 * the answer again.
 */
export function followPad(store: Store): void {
  const onPad = () => contentOf(store.state);
  let before = onPad();
  store.watch(["ink", "placed"], () => {
    if (onPad() === before) return;
    before = onPad();
    store.update({ picked: null });
  });
}

/** The class to explain: the selected one, else the answer. */
export function shownClass(state: PageState): number | null {
  return state.picked ?? state.prediction?.labelIndex ?? null;
}

type Listener = (state: PageState) => void;

export class Store {
  #state: PageState = {
    status: { kind: "loading", loaded: 0, total: 0 },
    entries: [],
    baseUrl: undefined,
    chosen: null,
    model: null,
    ink: null,
    placed: null,
    note: "",
    drawing: false,
    sample: false,
    prediction: null,
    trust: null,
    picked: null,
    retries: 0,
  };
  readonly #listeners: {
    readonly keys: readonly (keyof PageState)[];
    readonly listener: Listener;
  }[] = [];

  get state(): PageState {
    return this.#state;
  }

  /**
   * Change part of the state. Listeners of keys that really changed are called at once, in the
   * order of subscription.
   */
  update(patch: Partial<PageState>): void {
    const before = this.#state;
    const changed = (Object.keys(patch) as (keyof PageState)[]).filter(
      (key) => patch[key] !== before[key],
    );
    if (changed.length === 0) return;
    this.#state = { ...before, ...patch };
    for (const { keys, listener } of this.#listeners) {
      if (keys.some((key) => changed.includes(key))) listener(this.#state);
    }
  }

  /** Call `listener` now, and whenever one of `keys` has changed. */
  watch(keys: readonly (keyof PageState)[], listener: Listener): void {
    this.#listeners.push({ keys, listener });
    listener(this.#state);
  }
}
