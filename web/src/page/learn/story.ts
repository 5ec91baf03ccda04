// The calculation from pixels to a training step, in words, with the numbers of this drawing.
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

/** Each chapter: its name, the general explanation, and the numbers of this drawing. */
type Chapter = readonly [name: string, always: string, now: (lesson: Lesson, rate: number) => string];

function chaptersOf({ labels, linear, image, model }: Subject): readonly Chapter[] {
  const { training } = model.manifest;
  const inputs = whole(linear.inputs);
  const chapters: Chapter[] = [
    [
      "Pixels become X",
      `${image.height} × ${image.width} pixels become a list of ${inputs} numbers, X.`,
      ({ input }) => (input ? `${whole(input.filter((value) => value !== 0).length)} of them contain ink now.` : ""),
    ],
    [
      "A and b make scores",
      `Each answer has ${inputs} weights (a row of A) and a bias (in b). Multiply weights by pixels, add them up, add the ` +
        "bias: that is its score.",
      ({ input, weights }) => {
        if (!input) return "";
        const scores = scoresOf(weights, input);
        return `They now range from ${signed(Math.min(...scores))} to ${signed(Math.max(...scores))}.`;
      },
    ],
    [
      "Softmax makes probabilities",
      "e to the power of each score, divided by the total: p.",
      (lesson) => {
        const now = answersOf(lesson)?.now;
        if (!now) return "";
        const best = now.indexOf(Math.max(...now));
        return `The most probable answer is now ${labels[best] ?? ""}, ${percent(now[best] ?? 0)}.`;
      },
    ],
    [
      "The loss measures the surprise",
      "Minus the logarithm of p for the right answer: near 0 if the model was sure of it, large if it was sure of another.",
      ({ losses, truth }) => {
        const last = losses.at(-1);
        if (last === undefined || truth === null) return "Choose the right answer.";
        const share = Math.exp(-last);
        return `It is now −log ${share < 0.0001 ? tiny(share) : share.toFixed(4)} = ${loss(last)}.`;
      },
    ],
    [
      "The gradient gives the direction",
      "How fast the loss grows with a weight: pixel × (p − y), where y is 1 for the right answer and 0 for the others. " +
        "Where there is no ink, nothing changes.",
      (lesson) => {
        const { truth } = lesson;
        const error = answersOf(lesson)?.error;
        if (truth === null || !error) return "";
        return `For ${labels[truth] ?? ""}, p − y = ${signed(error[truth] ?? 0, 4)}.`;
      },
    ],
    [
      "A step goes in the opposite direction",
      "Every weight becomes w − η × pixel × (p − y), every bias b − η × (p − y). η, the learning rate, sets the size of the step.",
      ({ input, weights, truth }, rate) => {
        if (!input || truth === null) return "";
        const pixel = input.reduce((most, value, i) => (value > input[most]! ? i : most), 0);
        const weight = weights.kernel[pixel * linear.outputs + truth]!;
        const error = errorOf(softmax(scoresOf(weights, input)), truth)[truth]!;
        const value = input[pixel]!;
        return (
          `The next step, at the darkest pixel, for ${labels[truth] ?? ""}: ${signed(weight, 4)} − ${rate} × ` +
          `${value.toFixed(2)} × (${signed(error, 4)}) ≈ ${signed(weight - rate * value * error, 4)} (rounded).`
        );
      },
    ],
  ];
  if (training) {
    const perEpoch = Math.ceil(training.training_images / training.batch_size);
    chapters.push([
      "And again",
      `Training took ${whole(training.epochs * perEpoch)} such steps: ${whole(training.epochs)} times through ` +
        `${whole(training.training_images)} images. Each step is the mean over ${whole(training.batch_size)} of them, so ` +
        "that no single image has much effect. This is stochastic gradient descent: random images, down the slope of the loss.",
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
