// The calculation of one answer's score: the products fall into two bars, the bias is added.
import { create, createHeader, setText } from "../dom.ts";
import { percent, signed } from "../format.ts";
import { say } from "../language.ts";
import { nameOfRow } from "../subject.ts";
import type { Piece } from "./fall.ts";
import { barsOf, type Bars, type Sliver } from "./slivers.ts";
import { createBar, createProductBar } from "./sum-bars.ts";
import type { View } from "./view.ts";

/** The ends of a scale that holds every bar of every row, so that classes can be compared. */
function scaleOf({ explanation: { sums } }: View): readonly [low: number, high: number] {
  const ends = sums.flatMap(({ positive, negative, score }) => [0, positive, positive + negative, score]);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  return high > low ? [low, high] : [-1, 1]; // an empty page, and no biases
}

export function createLedger() {
  const [plus, minus] = [createProductBar("plus"), createProductBar("minus")];
  const [bias, score] = [createBar("bias"), createBar("score")];
  const table = createTable({ for: plus.track, against: minus.track, bias: bias.track, score: score.track });
  const note = create("p", "note");
  let placeOf = (score: number) => score;
  let bars: Bars = { plus: [], minus: [] };

  return {
    element: create("div", "ledger", table.element, note),
    show(view: View) {
      const { explanation, shares, ways, shown, source, hasBias } = view;
      const { row, crowd } = ways[shown]!;
      const sum = explanation.sums[row]!;
      const products = explanation.products[row]!;
      const beforeBias = sum.positive + sum.negative;
      const [low, high] = scaleOf(view);
      placeOf = (score) => (score - low) / (high - low);
      bars = barsOf(products);
      plus.show(placeOf, 0, bars.plus, products, explanation.largest);
      minus.show(placeOf, sum.positive, bars.minus, products, explanation.largest);
      bias.show(placeOf, beforeBias, sum.score);
      score.show(placeOf, 0, sum.score);
      const numbers = [sum.positive, sum.negative, sum.bias, sum.score];
      table.write([...numbers.map((number) => signed(number)), percent(shares[shown]! / crowd)]);
      table.hide("bias", !hasBias);
      setText(table.caption, say.why.calculation(nameOfRow(view, row), say.why.input[source]));
      setText(note, source === "empty" ? say.why.emptySum(hasBias) : "");
    },
    /** Mark the piece of a pixel; null: none. */
    point(pixel: number | null) {
      plus.point(pixel);
      minus.point(pixel);
    },
    /** Where each product belongs. */
    pieces(): readonly Piece[] {
      const piecesOf = (track: HTMLElement, slivers: readonly Sliver[]) =>
        slivers.map(({ pixel, from, to }): Piece => {
          const [a, b] = [placeOf(from), placeOf(to)];
          return { pixel, track, from: Math.min(a, b), to: Math.max(a, b) };
        });
      const all = [...piecesOf(plus.track, bars.plus), ...piecesOf(minus.track, bars.minus)];
      return all.sort((a, b) => b.to - b.from - (a.to - a.from));
    },
  };
}

/** @param tracks By the name of the row: what stands between its name and its number. */
function createTable(tracks: Readonly<Record<string, HTMLElement>>) {
  const caption = create("caption", "");
  const rows = (["for", "against", "bias", "score", "share"] as const).map((name) => {
    const header = createHeader("row", say.why.rows[name]);
    header.classList.add(name); // the colours of for and against
    const cell = create("td", `sum-${name}`);
    const track = tracks[name];
    if (!track) header.colSpan = 2;
    const row = create("tr", "", header, ...(track ? [create("td", "sum-cell", track)] : []), cell);
    row.classList.toggle("total", name === "score" || name === "share");
    row.classList.toggle("strong", name === "score");
    return { name, row, cell };
  });
  return {
    caption,
    element: create("table", "", caption, create("tbody", "", ...rows.map(({ row }) => row))),
    write(texts: readonly string[]) {
      for (const [index, { cell }] of rows.entries()) setText(cell, texts[index] ?? "");
    },
    hide(name: string, isHidden: boolean) {
      rows.find((row) => row.name === name)!.row.hidden = isHidden;
    },
  };
}
