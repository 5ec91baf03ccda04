// What the panels share. A panel is one file with one `mount…(root, store)`; it reads from here, changes only this and its
// own elements, and knows no other panel.
import type { Model, Prediction } from "../runtime/types.ts";
import type { Box } from "../pad/strokes.ts";

/** A published model, as `models/index.json` lists it. */
export interface IndexEntry {
  readonly name: string;
  readonly version: string;
  /** Address of its `latest.json`, relative to `models/`. */
  readonly path: string;
}

export type Status =
  | { readonly kind: "loading"; readonly loaded: number; readonly total: number } // bytes; total 0: not yet known
  | { readonly kind: "ready" }
  /** `advice` is for the visitor, `detail` for whoever runs the site. */
  | { readonly kind: "failed"; readonly title: string; readonly advice: string; readonly detail: string };

/**
 * What the model reads. A drawing: any colour on transparency, of the same size on every screen. Or an image of the
 * visitor's own, as it is.
 */
export interface Ink {
  readonly context: CanvasRenderingContext2D;
  /** The part of the canvas that holds all of it. */
  readonly box: Box;
}

/** An image of the data set, laid on the pad in place of a drawing. It enters at the manifest's `image` steps. */
export interface Placed {
  /** height × width, ink in 0..1, bright ink on dark. */
  readonly picture: Float32Array;
  /** For the visitor, e.g. "Test image 33, a 4". */
  readonly caption: string;
  /** Its index among the test images, so that the page's address can name it; left out, a link does not bring it back. */
  readonly index?: number;
  /** Index of its true label. */
  readonly labelIndex: number;
}

export interface PageState {
  readonly status: Status;
  /** Published models, the default one first. */
  readonly entries: readonly IndexEntry[];
  /** Name of the model that the visitor asked for, here or in the address; null: the default one. */
  readonly chosen: string | null;
  readonly model: Model | null;
  /** What is drawn, or the visitor's own image; replaced with every change of it. Null while there is neither. */
  readonly ink: Ink | null;
  /** What a panel put on the pad; drawing or clearing takes it away. */
  readonly placed: Placed | null;
  /** What the pad has to say about what was put on it; empty again with the next change of the drawing. */
  readonly note: string;
  /** A stroke is under way. */
  readonly drawing: boolean;
  /** Null while nothing is drawn or no model is there. */
  readonly prediction: Prediction | null;
  /** Class under the pointer or the focus. */
  readonly pointed: number | null;
  /** Class that the visitor chose to look at. */
  readonly picked: number | null;
  /** Counts the visitor's requests to try the download again. */
  readonly retries: number;
}

/** A press on a class: explanations stay with it. A second press lets it go, also while the pointer or the focus is still on it. */
export function pick(store: Store, index: number): void {
  store.update(store.state.picked === index ? { picked: null, pointed: null } : { picked: index });
}

/** A class is picked for what lies on the pad: with something else, or nothing, explanations follow the answer again. */
export function followPad(store: Store): void {
  const lying = () => store.state.placed ?? store.state.ink?.context ?? null;
  let before = lying();
  store.watch(["ink", "placed"], () => {
    if (lying() === before) return;
    before = lying();
    store.update({ picked: null });
  });
}

/** The class that explanations are about: what is pointed at, else what was picked, else the answer. */
export function shownClass(state: PageState): number | null {
  return state.pointed ?? state.picked ?? state.prediction?.labelIndex ?? null;
}

type Listener = (state: PageState) => void;

export class Store {
  #state: PageState = {
    status: { kind: "loading", loaded: 0, total: 0 },
    entries: [],
    chosen: null,
    model: null,
    ink: null,
    placed: null,
    note: "",
    drawing: false,
    prediction: null,
    pointed: null,
    picked: null,
    retries: 0,
  };
  readonly #listeners: { readonly keys: readonly (keyof PageState)[]; readonly listener: Listener }[] = [];

  get state(): PageState {
    return this.#state;
  }

  /** Change some of the state; listeners of what really changed are called at once, in the order of their subscription. */
  update(patch: Partial<PageState>): void {
    const before = this.#state;
    const changed = (Object.keys(patch) as (keyof PageState)[]).filter((key) => patch[key] !== before[key]);
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
