// Why: which pixels speak for the answer of a linear model and which against it, beside what the model saw.
import { explain } from "../runtime/explain.ts";
import type { Style } from "./answers.ts";
import { make, paintShares, write } from "./make.ts";
import type { Model, Prediction } from "./types.ts";
import { fillIn } from "./words.ts";

export class Explanation {
  readonly #layers = [make("canvas", "for"), make("canvas", "against")] as const;
  readonly #legends = [make("span", "for"), make("span", "against")] as const;
  readonly element = make(
    "figure",
    "",
    make("div", "picture layers", ...this.#layers),
    make("figcaption", "", ...this.#legends),
  );

  constructor() {
    this.element.hidden = true;
  }

  /** @param model Null where nothing is explained. */
  show(model: Model | null, prediction: Prediction | null, { texts, labels }: Style): void {
    this.element.hidden = !model;
    if (!model) return;
    const { width, height } = model.manifest.input.image!;
    const winner = prediction?.labelIndex ?? -1;
    const products = prediction ? explain(model, prediction.input, winner).products : new Float32Array();
    const most = products.reduce((most, product) => Math.max(most, Math.abs(product)), 1e-9);
    for (const side of [0, 1] as const) {
      const scale = (side ? -1 : 1) / most;
      paintShares(
        this.#layers[side],
        products.map((product) => product * scale),
        width,
        height,
      );
      write(this.#legends[side], fillIn(side ? texts.against : texts.for, { label: labels[winner] ?? "…" }));
    }
  }
}
