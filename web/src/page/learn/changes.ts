// What the steps do to the weights of the right answer, as pictures.
import { create, setText } from "../dom.ts";
import { createLegend, createPixels, type Size } from "../pixels.ts";
import { largestOf, type Subject } from "../subject.ts";
import { answersOf, type Lesson } from "./lesson.ts";

export interface Changes {
  readonly element: HTMLElement;
  readonly show: (lesson: Lesson) => void;
}

/** A picture with its own legend. */
function createPicture(size: Size, of: string) {
  const picture = createPixels("weight");
  const legend = createLegend();
  return {
    element: create("div", "change", picture.figure, legend.element),
    show(values: ArrayLike<number>, most: number, caption: string) {
      picture.show(size, values, most, caption);
      setText(picture.caption, caption);
      legend.show(most, of);
    },
  };
}

export function createChanges({ image, labels, linear, largestWeight, factor }: Subject): Changes {
  const gradient = createPicture(image, "gradient");
  const added = createPicture(image, "change");
  const learnt = createPicture(image, "weights");
  const pictures = [gradient, added, learnt].map(({ element }) => element);
  return {
    element: create("div", "changes", create("h3", "", "What a step changes"), ...pictures),
    show(lesson) {
      const { input, truth, first, weights } = lesson;
      const error = answersOf(lesson)?.error;
      if (truth === null || !input || !error) return;
      const label = labels[truth] ?? "";
      const column = (kernel: Float64Array) => kernel.filter((_, place) => place % linear.outputs === truth);
      const [now, before] = [column(weights.kernel), column(first.kernel)];
      const change = now.map((weight, row) => weight - before[row]!);
      // On a scale that stays, so that it fades as there is less left to learn: |p − y| is at most 1.
      const slope = input.map((value) => value * error[truth]!);
      gradient.show(slope, factor, `gradient for ${label}: the next step subtracts η × this`);
      added.show(change, largestOf(change), `all that was added to the weights for ${label}`);
      learnt.show(now, largestWeight, `weights for ${label}, now`);
    },
  };
}
