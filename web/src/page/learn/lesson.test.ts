import { expect, test } from "vitest";
import { parseManifest } from "../../runtime/manifest.ts";
import { denseModel, randomArray, randomNumbers } from "../../testing/layers-model.ts";
import { filesOf, manifestOf } from "../../testing/published.ts";
import { answersOf, historyOf, learn, ratesOf, reset, startLesson, withInput, withTruth } from "./lesson.ts";
import { rightOf } from "./reference.ts";

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
  expect(answersOf(drawn)?.error).toBeNull();
  expect(drawn.losses).toEqual([]);
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
  const { before, now, error } = answersOf(after)!;
  expect(now[2]).toBeGreaterThan(before[2]!);
  expect(before).toEqual(answersOf(start)!.now);
  expect(error![2]).toBeCloseTo(now[2]! - 1, 12);
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

test("the effect of one drawing on others is counted", () => {
  const start = withTruth(withInput(startLesson(linear), drawing), 0);
  const answer = (input: Float32Array) => {
    const now = answersOf(withInput(start, input))!.now;
    return now.indexOf(Math.max(...now));
  };
  const examples = [drawing, other].map((input) => ({ input, label: answer(input) }));
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  expect(answer(drawing)).not.toBe(0);
  expect(sum(rightOf(start.weights, examples))).toBe(2);
  expect(sum(rightOf(learn(start, 1, 20).weights, examples))).toBeLessThan(2);
});

const plain = manifestOf([{ id: "layers-float32", files: filesOf(denseModel(4, [{ units: 2 }])) }], 4, ["a", "b"]);

test("how the weights started, and what changed them, is what the manifest says", () => {
  const told = (kernel_initializer?: string, batch_size?: number) =>
    historyOf(
      parseManifest({
        ...plain,
        ...(kernel_initializer ? { recipe: { model: { kernel_initializer } } } : {}),
        ...(batch_size ? { training: { batch_size } } : {}),
      }),
    );
  expect(told("zeros", 32)).toMatch(/^Its weights started at 0\. .* answer, 32 at a time, and each time the weights/);
  expect(told("glorot_uniform", 1)).toMatch(
    /^Its weights started as random numbers\. .* answer, and after each the weights/,
  );
  expect(historyOf(parseManifest({ ...plain, origin: { file: "mine.keras" } }))).toMatch(
    /^It was trained elsewhere\. /,
  );
  expect(told()).toMatch(/^Its weights started untrained\. .* answer, and after each the weights/);
});

test("the learning rates start from the recipe\u2019s own", () => {
  const values = (more: object) => ratesOf(parseManifest({ ...plain, ...more })).map(({ value }) => value);
  expect(values({ recipe: { training: { learning_rate: 0.5 } }, training: { batch_size: 50 } })).toEqual([
    0.5, 0.05, 0.01,
  ]);
  expect(values({ recipe: { training: { learning_rate: 0.5 } }, training: { batch_size: 1 } })).toEqual([0.5, 0.05]);
  expect(values({})).toEqual([0.1, 0.01]);
  expect(ratesOf(parseManifest(plain))[0]!.note).toContain("has none");
});
