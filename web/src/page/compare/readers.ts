// The other models of a site, which read the pad beside the page's own; and how long one answer takes. No DOM.
import type { Model } from "../../runtime/types.ts";

/** Long enough for clocks that browsers let tick once in a millisecond, and short enough not to be felt. */
const MEASURED_MS = 30;

export class Readers {
  readonly #load: (path: string) => Promise<Model>;
  readonly #changed: (path: string, error: unknown) => void;
  /** By path; null while it is loaded, and after that has failed. */
  readonly #models = new Map<string, Model | null>();

  /**
   * @param load Loads a model from its path in models/index.json.
   * @param changed Called when one is there, with undefined, or could not be loaded.
   */
  constructor(load: (path: string) => Promise<Model>, changed: (path: string, error: unknown) => void) {
    this.#load = load;
    this.#changed = changed;
  }

  /** The model, if it is there; the first to ask has it loaded. */
  get(path: string): Model | null {
    const known = this.#models.get(path);
    if (known !== undefined) return known;
    this.#models.set(path, null);
    void this.#load(path).then(
      (model) => {
        this.#models.set(path, model);
        this.#changed(path, undefined);
      },
      (error: unknown) => {
        this.#changed(path, error);
      },
    );
    return null;
  }

  /** After a failure: the next to ask has it loaded once more. */
  forget(path: string): void {
    this.#models.delete(path);
  }
}

/**
 * Milliseconds of one answer, the mean of as many as fit into MEASURED_MS.
 *
 * @param input As the model takes it: preparing a drawing is not measured.
 */
export async function answerMs(model: Pick<Model, "predict">, input: Float32Array, now: () => number): Promise<number> {
  await model.predict(input); // the first one may compile something
  const began = now();
  let answers = 0;
  let spent;
  do {
    await model.predict(input);
    answers += 1;
    spent = now() - began;
  } while (spent < MEASURED_MS);
  return spent / answers;
}

/** Whether at least two answers are known, and all are the same. */
export function agreement(labels: readonly string[]): "agree" | "differ" | null {
  if (labels.length < 2) return null;
  return labels.every((label) => label === labels[0]) ? "agree" : "differ";
}
