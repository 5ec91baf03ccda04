// The effect of the steps on the weights of the right answer, as images.
import { create, setText } from "../dom.ts";
import { createLegend, createPixels, type Size } from "../pixels.ts";
import { largestOf, type Subject } from "../subject.ts";
import { answersOf, type Lesson } from "./lesson.ts";

export interface Changes {
  readonly element: HTMLElement;
  readonly show: (lesson: Lesson) => void;
}

/** An image with its own legend. */
function createImage(size: Size, of: string) {
  const pixels = createPixels("weight");
  const legend = createLegend();
  return {
    element: create("div", "change", pixels.figure, legend.element),
    show(values: ArrayLike<number>, most: number, caption: string) {
      pixels.show(size, values, most, caption);
      setText(pixels.caption, caption);
      legend.show(most, of);
    },
  };
}

export function createChanges({ image, labels, linear, largestWeight, factor }: Subject): Changes {
  const gradient = createImage(image, "gradient");
  const added = createImage(image, "change");
  const learned = createImage(image, "weights");
  const images = [gradient, added, learned].map(({ element }) => element);
  return {
    element: create("div", "changes", create("h3", "", "What a step changes"), ...images),
    show(lesson) {
      const { input, truth, first, weights } = lesson;
      const error = answersOf(lesson)?.error;
      if (truth === null || !input || !error) return;
      const label = labels[truth] ?? "";
      const column = (kernel: Float64Array) => kernel.filter((_, place) => place % linear.outputs === truth);
      const [now, before] = [column(weights.kernel), column(first.kernel)];
      const change = now.map((weight, row) => weight - before[row]!);
      // The scale is fixed, so the gradient fades as there is less left to learn: |p − y| is at most 1.
      const slope = input.map((value) => value * error[truth]!);
      gradient.show(slope, factor, `gradient for ${label}: the next step subtracts η × this`);
      added.show(change, largestOf(change), `total change of the weights for ${label}`);
      learned.show(now, largestWeight, `current weights for ${label}`);
    },
  };
}
