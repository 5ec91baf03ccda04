import { expect, test } from "vitest";
import { parseManifest } from "../../runtime/manifest.ts";
import { randomArray, randomNumbers } from "../../testing/layers-model.ts";
import { manifestOf, softmaxFormats } from "../../testing/published.ts";
import { conclude } from "./conclusion.ts";
import {
  answersOf,
  learn,
  outcomeOf,
  ratesOf,
  reset,
  startLesson,
  strongestWrong,
  withInput,
  withTruth,
  type Lesson,
} from "./lesson.ts";
import { offered } from "./misread.ts";
import { rateNote, rateText } from "./rates.ts";
import { errorOf } from "../training/sgd.ts";

const random = randomNumbers(4);
const linear = { kernel: randomArray(30, random), bias: randomArray(3, random), inputs: 10, outputs: 3 };
const drawing = Float32Array.from({ length: 10 }, (_, index) => (index % 2 ? index / 10 : 0));
const other = Float32Array.from(drawing, (value) => 1 - value);

test("without a drawing or its truth, nothing is learned and nothing claimed", () => {
  const blank = startLesson(linear);
  expect(learn(blank, 0.1, 20)).toBe(blank);
  expect(answersOf(blank)).toBeNull();
  const drawn = withInput(blank, drawing);
  expect(learn(drawn, 0.1, 20)).toBe(drawn);
  expect(drawn).toMatchObject({ losses: [], began: null, last: null });
  expect(outcomeOf(drawn)).toBeNull();
});

test("steps make the truth more probable, and change neither the model nor the first answer", () => {
  const kernel = linear.kernel.slice();
  const start = withTruth(withInput(startLesson(linear), drawing), 2);
  const after = learn(start, 0.1, 20);
  expect(after.steps).toBe(20);
  expect(after.losses).toHaveLength(21);
  after.losses.slice(1).forEach((loss, step) => {
    expect(loss).toBeLessThan(after.losses[step]!);
  });
  const { before, now } = answersOf(after)!;
  expect(now[2]).toBeGreaterThan(before[2]!);
  expect(before).toEqual(answersOf(start)!.now);
  expect(Math.exp(-after.losses.at(-1)!)).toBeCloseTo(now[2]!, 12);
  expect(linear.kernel).toEqual(kernel);
});

test("another drawing keeps what was learned and starts with losses of its own; clearing the pad drops the truth", () => {
  const taught = learn(withTruth(withInput(startLesson(linear), drawing), 2), 0.1, 20);
  const next = withInput(taught, other);
  expect(next.weights).toBe(taught.weights);
  expect(next.truth).toBe(2);
  expect(next.losses).toHaveLength(1);
  expect(withInput(next, null)).toMatchObject({ truth: null, losses: [], steps: 20 });
  expect(withInput(taught, other, 1).truth).toBe(1); // an image of the data set comes with its truth
});

test("starting again restores the published weights", () => {
  const start = withTruth(withInput(startLesson(linear), drawing), 2);
  expect(reset(learn(start, 0.1, 20))).toEqual(start);
});

test("the last step is kept as it was taken: p − y from before it, not from after it", () => {
  const start = withTruth(withInput(startLesson(linear), drawing), 2);
  const after = learn(start, 0.1, 20);
  const before = learn(start, 0.1, 19);
  expect(after.last).toEqual({ rate: 0.1, from: before.weights, error: errorOf(answersOf(before)!.now, 2) });
  expect(withInput(after, other).last).toBeNull();
  expect(strongestWrong({ rate: 1, from: start.weights, error: Float64Array.of(0.2, 0.5, -0.7) }, 2)).toBe(1);
  expect(strongestWrong({ rate: 1, from: start.weights, error: Float64Array.of(-0.7, 0.2, 0.5) }, 0)).toBe(2);
});

const answerOf = (lesson: Lesson, input = lesson.input!) => {
  const { now } = answersOf(withInput(lesson, input))!;
  return now.indexOf(Math.max(...now));
};
const blank = withInput(startLesson(linear), drawing);
const read = answerOf(blank);
const misread = (read + 1) % 3;

test.each([
  ["sure", learn(withTruth(blank, read), 5, 40), 0.1, 1],
  ["turned", blank, 1, 20],
  ["still", blank, 1e-9, 1],
] as const)("what happened is said, and nothing else: %s", (kind, from, rate, steps) => {
  // A copy that was taught until it was sure, and another drawing of the same since.
  const lesson = kind === "sure" ? withInput(withTruth(from, read), drawing) : withTruth(from, misread);
  const outcome = outcomeOf(learn(lesson, rate, steps))!;
  expect(outcome).toMatchObject({ kind, steps, began: answerOf(lesson) });
  expect(outcome.to).toBeGreaterThanOrEqual(outcome.from);
});

test("a drawing that was right but not sure gets surer; one that is still wrong gets closer", () => {
  const right = learn(withTruth(blank, read), 0.01, 1);
  expect(outcomeOf(right)).toMatchObject({ kind: "surer", began: read, now: read });
  // The smallest step that shows, and does not yet turn the answer.
  const wrong = withTruth(blank, (read + 2) % 3);
  const kinds = [1e-4, 1e-3, 1e-2, 1e-1, 1].map((rate) => outcomeOf(learn(wrong, rate, 1))!.kind);
  expect(kinds[0]).toBe("still");
  expect(kinds).toContain("closer");
});

const plain = manifestOf(softmaxFormats(4, 2), 4, ["a", "b"]);

test("the first learning rate is what one image had in training, the last one the recipe\u2019s own", () => {
  const rates = (more: object) => ratesOf(parseManifest({ ...plain, ...more }));
  const values = (more: object) => rates(more).map(({ value }) => value);
  expect(values({ recipe: { training: { learning_rate: 0.5 } }, training: { batch_size: 50 } })).toEqual([
    0.01, 0.1, 0.5,
  ]);
  expect(values({ recipe: { training: { learning_rate: 0.5 } }, training: { batch_size: 5 } })).toEqual([0.1, 0.5]);
  expect(values({ recipe: { training: { learning_rate: 0.5 } }, training: { batch_size: 1 } })).toEqual([0.5, 5]);
  expect(values({})).toEqual([0.01, 0.1]);
  const manifest = parseManifest({
    ...plain,
    recipe: { training: { learning_rate: 0.1 } },
    training: { batch_size: 32 },
  });
  const notes = ratesOf(manifest).map((rate) => rateNote(rate, manifest));
  expect(notes[0]).toBe("One image’s share of a step: 0.1 ÷ 32.");
  expect(notes[2]).toContain("a whole batch of 32");
  expect(rateNote(rates({})[0]!, parseManifest(plain))).toContain("does not say its own");
  expect([0.003125, 0.1, 2].map(rateText)).toEqual(["0.00313", "0.1", "2"]);
});

test("the conclusion is of what happened, and names another image only where there was nothing to learn", () => {
  const manifest = parseManifest({ ...plain, training: { batch_size: 32 } });
  const labels = ["a", "b", "c"];
  const say = (lesson: Lesson) => conclude(lesson, labels, manifest, { value: 1, kind: "batch" });
  expect(say(withTruth(blank, misread))).toBeNull();
  const turned = say(learn(withTruth(blank, misread), 1, 20))!;
  expect(turned.words).toContain(`It read ${labels[read]!} before, and now reads ${labels[misread]!}.`);
  expect(turned).toMatchObject({ offers: true, advises: false });
  const sure = withInput(learn(withTruth(blank, read), 5, 40), drawing);
  expect(say(learn(sure, 0.1, 1))).toMatchObject({ offers: true, advises: true });
});

test("misread images are offered from the most instructive one on", () => {
  const shares = [0.01, 0.49, 0.24, 0.3];
  const mistakes = shares.map((label_probability, index) => ({
    ...{ index, label: 0, predicted: 1, probability: 0.5 },
    label_probability,
  }));
  expect(offered(mistakes).map(({ place }) => place)).toEqual([2, 3, 0, 1]);
});
