// The element's right half: a bar for each answer, what the model saw, and why.
import { explain } from "../runtime/explain.ts";
import { takesPhotos } from "../runtime/manifest.ts";
import { make, mark, nameFor, paintShares, write } from "./make.ts";
import type { Model, Prediction } from "./types.ts";
import { fillIn, type Texts } from "./words.ts";

/** Of many labels, only the most probable have a bar. */
const MOST_BARS = 10;

/** How the element writes. */
export interface Style {
  readonly texts: Texts;
  /** As many as the model's. */
  readonly labels: readonly string[];
  readonly percent: (share: number) => string;
}

export class Answers {
  readonly #bars = make("ol", "bars");
  readonly #picture = make("canvas", "picture");
  readonly #seen = make("figcaption");
  readonly #layers = [make("canvas", "for"), make("canvas", "against")] as const;
  readonly #legends = [make("span", "for"), make("span", "against")] as const;
  readonly #explanation = make(
    "figure",
    "",
    make("div", "picture layers", ...this.#layers),
    make("figcaption", "", ...this.#legends),
  );
  readonly element = make(
    "div",
    "answers",
    this.#bars,
    make("div", "pictures", make("figure", "", this.#picture, this.#seen), this.#explanation),
  );

  /** Make what painting needs. */
  prepare(): void {
    this.#picture.getContext("2d");
  }

  show(
    model: Model | null,
    prediction: Prediction | null,
    explained: boolean,
    { texts, labels, percent }: Style,
  ): void {
    const bars = this.#bars;
    const probabilities = prediction?.probabilities;
    const winner = prediction?.labelIndex ?? -1;
    let order = [...labels.keys()];
    if (probabilities && order.length > MOST_BARS) order = order.sort((a, b) => probabilities[b]! - probabilities[a]!);
    order = order.slice(0, MOST_BARS);
    if (bars.childElementCount !== order.length) {
      const row = () =>
        make("li", "", make("span", "label"), make("span", "track", make("span", "fill")), make("span", "value"));
      bars.replaceChildren(...order.map(row));
    }
    nameFor(bars, texts.answers);
    const longest = Math.max(...labels.map(({ length }) => length));
    bars.style.setProperty("--label", `${Math.min(longest, 14)}ch`);
    order.forEach((index, place) => {
      const row = bars.children[place] as HTMLElement;
      const [label, track, value] = row.children as unknown as [Element, Element, Element];
      const share = probabilities?.[index];
      mark(row, index === winner ? "bar winner" : "bar");
      write(label, labels[index]!);
      (track.firstChild as HTMLElement).style.width = `${100 * (share ?? 0)}%`;
      write(value, share === undefined ? "" : percent(share));
    });

    const { width, height, channels } = model?.manifest.input.image ?? { width: 1, height: 1, channels: 1 };
    write(this.#seen, texts.picture);
    const picture = prediction?.picture ?? [];
    paintShares(this.#picture, picture, width, height, picture.length > 0 && takesPhotos(model!.manifest));

    const linear = explained && channels === 1 && model?.linear;
    this.#explanation.hidden = !linear;
    if (!linear) return;
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
