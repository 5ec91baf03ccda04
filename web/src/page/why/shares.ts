// Softmax as a table: every score, e to its power, and the result as a fraction of the total.
import { create, createHeader, find, setText } from "../dom.ts";
import { percent, scientific, signed } from "../format.ts";
import { powersOf } from "./explain.ts";
import type { Part } from "./view.ts";

/** Four decimal places, or two digits and a power of ten if the number is too small. */
const power = (value: number): string =>
  value > 0 && value < 0.0001 ? scientific(value) : value === 0 ? "0" : value.toFixed(4);

interface Row {
  readonly row: HTMLElement;
  readonly fill: HTMLElement;
  readonly cells: readonly HTMLElement[];
}

export function mountShares(root: HTMLElement): Part {
  const body = find(root, "tbody");
  const total = find(root, ".powers-total");
  const whole = find(root, ".shares-total");
  const note = find(root, ".note");
  let rows: readonly Row[] = [];
  let filled: readonly string[] | null = null;

  function fill(labels: readonly string[]): void {
    rows = labels.map((label) => {
      const bar = create("span", "bar-fill");
      const track = create("td", "share-bar", create("span", "bar-track", bar));
      const [score, power, share] = [create("td", ""), create("td", ""), create("td", "")];
      return {
        row: create("tr", "", createHeader("row", label), score, power, track, share),
        fill: bar,
        cells: [score, power, share],
      };
    });
    body.replaceChildren(...rows.map(({ row }) => row));
    filled = labels;
  }

  return ({ labels }, view) => {
    if (filled !== labels) fill(labels);
    const powers = view && powersOf(view.logits);
    for (const [index, { row, fill, cells }] of rows.entries()) {
      const share = view?.prediction.probabilities[index];
      const texts = [
        signed(view?.logits[index] ?? 0),
        power(powers?.powers[index] ?? 0),
        share === undefined ? "" : percent(share),
      ];
      for (const [place, cell] of cells.entries()) setText(cell, view ? (texts[place] ?? "") : "\u2013");
      fill.style.setProperty("--share", String(share ?? 0));
      row.classList.toggle("shown", view !== null && index === view.shown);
      row.classList.toggle("winner", view !== null && index === view.answer);
    }
    setText(total, powers ? power(powers.total) : "\u2013");
    setText(whole, powers ? percent(1) : "\u2013");
    const most = view ? signed(view.logits[view.answer] ?? 0) : null;
    setText(
      note,
      `The largest score${most === null ? "" : `, ${most},`} is subtracted from every score first, so that no power ` +
        "overflows. This does not change the probabilities.",
    );
  };
}
