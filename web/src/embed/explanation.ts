// Why: which pixels speak for the answer of a linear model and which against it, beside what the model saw.
import { explain } from "../runtime/explain.ts";
import type { Style } from "./answers.ts";
import { create, paintPixels, setText } from "./dom.ts";
import type { Model, Prediction } from "./types.ts";
import { fillIn } from "./words.ts";

export class Explanation {
  readonly #layers = [create("canvas", "for"), create("canvas", "against")] as const;
  readonly #legends = [create("span", "for"), create("span", "against")] as const;
  readonly element = create(
    "figure",
    "",
    create("div", "picture layers", ...this.#layers),
    create("figcaption", "", ...this.#legends),
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
      paintPixels(
        this.#layers[side],
        products.map((product) => product * scale),
        width,
        height,
      );
      setText(this.#legends[side], fillIn(side ? texts.against : texts.for, { label: labels[winner] ?? "…" }));
    }
  }
}
