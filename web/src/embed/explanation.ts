// Which pixels count for a linear model's answer and which against it, shown beside what the model
// sees.
import { explain } from "../runtime/explain.ts";
import { create, paintPixels, setText } from "./dom.ts";
import type { WholeStyle } from "./later-words.ts";
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

  /** @param model Null, or one that cannot be explained, hides the explanation. */
  show(model: Model | null, prediction: Prediction | null, { texts, labels }: WholeStyle): void {
    const image = model?.linear?.next?.length ? null : model?.linear && model.manifest.input.image;
    const isExplained = image?.channels === 1; // with colours, a pixel has more than one weight
    this.element.hidden = !isExplained;
    if (!model || !isExplained) return;
    const { width, height } = image;
    const winner = prediction?.labelIndex ?? -1;
    const products = prediction
      ? explain(model, prediction.input, winner).products
      : new Float32Array();
    const most = products.reduce((most, product) => Math.max(most, Math.abs(product)), 1e-9);
    for (const side of [0, 1] as const) {
      const scale = (side ? -1 : 1) / most;
      paintPixels(
        this.#layers[side],
        products.map((product) => product * scale),
        width,
        height,
      );
      setText(
        this.#legends[side],
        fillIn(side ? texts.against : texts.for, { label: labels[winner] ?? "…" }),
      );
    }
  }
}
