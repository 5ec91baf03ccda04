// The element's right half: a bar for each answer, and what the model sees.
import { takesPhotos } from "../runtime/manifest.ts";
import { create, paintPixels, setLabel, setPart, setText } from "./dom.ts";
import type { Model, Prediction } from "./types.ts";
import type { Words } from "./words.ts";

/** If there are more labels, only the most probable ones have a bar. */
const MOST_BARS = 10;

/** How the element formats text. */
export interface Style {
  readonly texts: Words;
  /** One for each of the model's. */
  readonly labels: readonly string[];
  readonly percent: (fraction: number) => string;
}

export class Answers {
  readonly #bars = create("ol", "bars");
  readonly #picture = create("canvas", "picture");
  readonly #seen = create("figcaption");
  readonly pictures = create("div", "pictures", create("figure", "", this.#picture, this.#seen));
  readonly element = create("div", "answers", this.#bars, this.pictures);

  /** Create the canvas context that painting needs. */
  prepare(): void {
    this.#picture.getContext("2d");
  }

  show(
    model: Model | null,
    prediction: Prediction | null,
    { texts, labels, percent }: Style,
  ): void {
    const bars = this.#bars;
    const probabilities = prediction?.probabilities;
    const winner = prediction?.labelIndex ?? -1;
    let order = [...labels.keys()];
    if (probabilities && order.length > MOST_BARS)
      order = order.sort((a, b) => probabilities[b]! - probabilities[a]!);
    order = order.slice(0, MOST_BARS);
    if (bars.childElementCount !== order.length) {
      const row = () =>
        create(
          "li",
          "",
          create("span", "label"),
          create("span", "track", create("span", "fill")),
          create("span", "value"),
        );
      bars.replaceChildren(...order.map(row));
    }
    setLabel(bars, texts.answers);
    const longest = Math.max(...labels.map(({ length }) => length));
    // Room for bold capitals where there are few letters. Not in `ch`: the bold answer's bar would
    // start further right.
    bars.style.setProperty("--label", `${0.7 * Math.min(longest, 14) + 1}em`);
    order.forEach((index, place) => {
      const row = bars.children[place] as HTMLElement;
      const [label, track, value] = row.children as unknown as [Element, Element, Element];
      const probability = probabilities?.[index];
      setPart(row, index === winner ? "bar winner" : "bar");
      setText(label, labels[index]!);
      (track.firstChild as HTMLElement).style.width = `${100 * (probability ?? 0)}%`;
      setText(value, probability === undefined ? "" : percent(probability));
    });

    const { width, height } = model?.manifest.input.image ?? { width: 1, height: 1 };
    setText(this.#seen, texts.picture);
    const picture = prediction?.picture ?? [];
    paintPixels(
      this.#picture,
      picture,
      width,
      height,
      picture.length > 0 && takesPhotos(model!.manifest),
    );
  }
}
