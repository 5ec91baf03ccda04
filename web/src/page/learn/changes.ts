// The last step as pictures: the input, and what the step added to the weights of the truth and of the strongest wrong class.
import { create, setText } from "../dom.ts";
import { fixed, signed } from "../format.ts";
import { say } from "../language.ts";
import { createLegend, createPixels } from "../pixels.ts";
import type { Subject } from "../subject.ts";
import { strongestWrong, type Lesson } from "./lesson.ts";
import { rateText } from "./rates.ts";

export function createChanges({ image, labels, linear, factor }: Subject) {
  const drawn = createPixels("ink");
  const [truthful, wrong] = [createPixels("weight"), createPixels("weight")];
  const legend = createLegend();
  const words = create("p", "note change-words");
  const pictures = create("div", "change-pictures", drawn.figure, truthful.figure, wrong.figure);
  const element = create("div", "changes", create("h3", "", say.learn.changes.title), pictures, legend.element, words);
  return {
    element,
    show(lesson: Lesson) {
      const { input, truth, last, weights } = lesson;
      element.hidden = !input || truth === null || !last;
      if (!input || truth === null || !last) return;
      drawn.show(image, input, factor, say.learn.changes.input);
      drawn.caption.replaceChildren(create("b", "", "x"), `, ${say.learn.changes.input}`);
      // One scale for both, and the same for every step: |p − y| is at most 1. So they fade as less is left to learn.
      const most = last.rate * factor;
      const rival = strongestWrong(last, truth);
      for (const [picture, of, name] of [
        [truthful, truth, say.learn.changes.right],
        [wrong, rival, say.learn.changes.wrong],
      ] as const) {
        picture.figure.hidden = of < 0;
        const error = last.error[of] ?? 0;
        const caption = name(labels[of] ?? "", signed(error, 3));
        picture.show(
          image,
          Float32Array.from(input, (value) => -last.rate * error * value),
          most,
          caption,
        );
        setText(picture.caption, caption);
      }
      legend.show(most, say.learn.changes.scale);
      // One weight, as an example: at the darkest pixel, for the truth.
      const pixel = input.reduce((best, value, i) => (value > input[best]! ? i : best), 0);
      const place = pixel * linear.outputs + truth;
      const [from, to] = [last.from.kernel[place]!, weights.kernel[place]!];
      const digits = to === from ? 4 : Math.min(9, Math.max(4, 2 - Math.floor(Math.log10(Math.abs(to - from)))));
      const sum = `${signed(from, digits)} − ${rateText(last.rate)} × (${signed(last.error[truth]!, 3)}) × ${fixed(input[pixel]!, 2)}`;
      setText(words, say.learn.changes.example(labels[truth] ?? "", sum, signed(to, digits)));
    },
  };
}
