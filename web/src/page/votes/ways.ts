// The ways of writing one answer, a row of weights each: their shares add up to the answer's.
import { create, setText } from "../dom.ts";
import { percent } from "../format.ts";
import { say } from "../language.ts";
import { createPixels } from "../pixels.ts";
import { nameOfRow, weightsOf, type Subject } from "../subject.ts";
import type { Part } from "./view.ts";

export function createWays({ styles, linear, image, largestWeight }: Subject): {
  readonly element: HTMLElement;
  readonly show: Part;
} {
  const lead = create("p", "");
  const pictures = Array.from({ length: styles }, () => createPixels("weight", "way"));
  const row = create("div", "ways-row", ...pictures.map(({ figure }) => figure));
  const element = create("div", "ways", lead, row);
  element.hidden = styles === 1;
  return {
    element,
    show(view) {
      if (styles === 1) return;
      const { labels, explanation, ways, shares, shown } = view;
      const { row, score, crowd } = ways[shown]!;
      setText(lead, say.why.ways.sum(labels[shown]!, styles, percent(shares[shown]!)));
      for (const [way, { figure, caption, show }] of pictures.entries()) {
        const own = shown * styles + way;
        const share = (shares[shown]! / crowd) * Math.exp(explanation.sums[own]!.score - score);
        const name = say.why.weightsFor(nameOfRow(view, own));
        show(image, weightsOf(linear.kernel, linear.outputs, own), largestWeight, name);
        setText(caption, percent(share));
        figure.classList.toggle("shown", own === row);
      }
    },
  };
}
