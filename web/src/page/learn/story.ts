// The way from pixels to a step, in words, with this drawing's numbers.
import { create, setText } from "../dom.ts";
import { percent, signed, tiny, whole } from "../format.ts";
import type { Subject } from "../subject.ts";
import { answersOf, type Lesson } from "./lesson.ts";
import { errorOf, scoresOf, softmax } from "./sgd.ts";

export interface Story {
  readonly element: HTMLElement;
  readonly show: (lesson: Lesson, rate: number) => void;
}

const loss = (value: number): string => value.toFixed(3);

/** Each chapter: its name, what is always so, and what is so for this drawing. */
type Chapter = readonly [name: string, always: string, now: (lesson: Lesson, rate: number) => string];

function chaptersOf({ labels, linear, image, model }: Subject): readonly Chapter[] {
  const { training } = model.manifest;
  const inputs = whole(linear.inputs);
  const chapters: Chapter[] = [
    [
      "Pixels become X",
      `${image.height} × ${image.width} pixels are a list of ${inputs} numbers, X.`,
      ({ input }) => (input ? `${whole(input.filter((value) => value !== 0).length)} of them hold ink now.` : ""),
    ],
    [
      "A and b make scores",
      `Each answer has ${inputs} weights, its row of A, and a bias in b. Weights times pixels, added up, plus the bias: ` +
        "its score.",
      ({ input, weights }) => {
        if (!input) return "";
        const scores = scoresOf(weights, input);
        return `Now from ${signed(Math.min(...scores))} to ${signed(Math.max(...scores))}.`;
      },
    ],
    [
      "Softmax makes probabilities",
      "e to each score, divided by the total of all: p.",
      (lesson) => {
        const now = answersOf(lesson)?.now;
        if (!now) return "";
        const best = now.indexOf(Math.max(...now));
        return `Now ${labels[best] ?? ""} gets most, ${percent(now[best] ?? 0)}.`;
      },
    ],
    [
      "The loss is the surprise",
      "Minus the logarithm of the p that the right answer got: near 0 if it was sure of it, large if it was sure of another.",
      ({ losses, truth }) => {
        const last = losses.at(-1);
        if (last === undefined || truth === null) return "Say which answer is right.";
        const share = Math.exp(-last);
        return `Now −log ${share < 0.0001 ? tiny(share) : share.toFixed(4)} = ${loss(last)}.`;
      },
    ],
    [
      "The gradient says which way",
      "How the loss grows with a weight: pixel × (p − y), where y is 1 for the right answer and 0 for the others. " +
        "Where there is no ink, nothing changes.",
      (lesson) => {
        const { truth } = lesson;
        const error = answersOf(lesson)?.error;
        if (truth === null || !error) return "";
        return `For ${labels[truth] ?? ""}, p − y = ${signed(error[truth] ?? 0, 4)}.`;
      },
    ],
    [
      "A step goes the other way",
      "Every weight: w − η × pixel × (p − y), every bias: b − η × (p − y). η, the learning rate, is how far it dares to go.",
      ({ input, weights, truth }, rate) => {
        if (!input || truth === null) return "";
        const pixel = input.reduce((most, value, i) => (value > input[most]! ? i : most), 0);
        const weight = weights.kernel[pixel * linear.outputs + truth]!;
        const error = errorOf(softmax(scoresOf(weights, input)), truth)[truth]!;
        const value = input[pixel]!;
        return (
          `The next, at the darkest pixel, for ${labels[truth] ?? ""}: ${signed(weight, 4)} − ${rate} × ` +
          `${value.toFixed(2)} × (${signed(error, 4)}) ≈ ${signed(weight - rate * value * error, 4)}, each number rounded.`
        );
      },
    ],
  ];
  if (training) {
    const perEpoch = Math.ceil(training.training_images / training.batch_size);
    chapters.push([
      "And again",
      `Training took ${whole(training.epochs * perEpoch)} such steps: ${whole(training.epochs)} times through ` +
        `${whole(training.training_images)} images, each step by the mean of ${whole(training.batch_size)} of them, so ` +
        "that none pulls hard. Stochastic gradient descent: random images, down the slope of the loss.",
      () => "",
    ]);
  }
  return chapters;
}

export function createStory(subject: Subject): Story {
  const chapters = chaptersOf(subject).map(([name, always, now]) => {
    const live = create("span", "live", "");
    return { item: create("li", "", create("strong", "", `${name}. `), `${always} `, live), live, now };
  });
  return {
    element: create("ol", "story", ...chapters.map(({ item }) => item)),
    show(lesson, rate) {
      for (const { live, now } of chapters) setText(live, now(lesson, rate));
    },
  };
}
