// The rows of one class, where a model has several: each is one way of writing it, and what it
// gives to the class's share.
import { create, setText } from "../dom.ts";
import type { View } from "../explain.ts";
import { percent } from "../format.ts";
import { say } from "../language.ts";
import { createPixels } from "../pixels.ts";
import { nameOfRow, weightsOf, type Subject } from "../subject.ts";

export function createWays(subject: Subject) {
  const { styles, linear, image, labels, largestWeight } = subject;
  const pictures = Array.from({ length: styles }, () => createPixels("weight", "way"));
  const lead = create("p", "note");
  const element = create("div", "ways", lead, ...pictures.map(({ figure }) => figure));
  element.hidden = styles === 1;
  return {
    element,
    show({ sums, ways, shown }: View) {
      if (styles === 1) return;
      const { row, score, crowd } = ways[shown]!;
      setText(lead, say.votes.ways(labels[shown]!));
      for (const [way, { figure, caption, show }] of pictures.entries()) {
        const own = shown * styles + way;
        const name = say.votes.weights(nameOfRow(subject, own));
        show(image, weightsOf(linear.kernel, linear.outputs, own), largestWeight, name);
        setText(caption, percent(Math.exp(sums[own]!.score - score) / crowd, 0));
        figure.classList.toggle("shown", own === row);
      }
    },
  };
}
