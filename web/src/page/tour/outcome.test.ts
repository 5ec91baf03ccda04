import { expect, test } from "vitest";
import type { Prediction } from "../../runtime/types.ts";
import { outcomeOf } from "./outcome.ts";
import type { Stop } from "./stops.ts";

const labels = Array.from({ length: 10 }, (_, digit) => String(digit));

function answer(
  shares: Readonly<Record<number, number>>,
  logits: Readonly<Record<number, number>> | null = null,
): Prediction {
  const probabilities = Float32Array.from(labels, (_, index) => shares[index] ?? 0);
  const labelIndex = probabilities.indexOf(Math.max(...probabilities));
  return {
    label: labels[labelIndex]!,
    labelIndex,
    probabilities,
    logits: logits && Float32Array.from(labels, (_, index) => logits[index] ?? 0),
    input: new Float32Array(),
    picture: null,
  };
}
const read: Stop = { key: "read", section: "draw", shows: "three" };

test("a drawing that is read, and one that is not", () => {
  expect(outcomeOf(read, labels, answer({ 3: 0.75, 5: 0.25 }), null)).toBe("The model answers 3 (75.0\u00a0%).");
  expect(outcomeOf(read, labels, answer({ 3: 0.25, 5: 0.75 }), null)).toMatch(/answers 5.*misreads.*meant as 3/);
});

test("a test image is misread, or by another model read right", () => {
  const stop: Stop = { key: "step", section: "learn", shows: "misread" };
  const misread = outcomeOf(stop, labels, answer({ 4: 0.25, 9: 0.75 }), 4);
  expect(misread).toBe("It is labelled 4. The model answers 9 (75.0\u00a0%); 4 gets 25.0\u00a0%.");
  expect(outcomeOf(stop, labels, answer({ 4: 0.75, 9: 0.25 }), 4)).toMatch(/labelled 4, and the model answers 4/);
});

test("the stop of the sum compares the scores, where there are any", () => {
  const stop: Stop = { key: "sum", section: "why", shows: "three", picks: "second" };
  const told = outcomeOf(stop, labels, answer({ 3: 0.75, 5: 0.25 }, { 3: 4, 5: 2 }), null);
  expect(told).toContain("3 scores +4.00; 5 comes second with +2.00");
  expect(told).toContain("about 7.39 times"); // e^2
  expect(outcomeOf(stop, labels, answer({ 3: 0.75, 5: 0.25 }), null)).toContain("75.0");
});

test("no answer to a house is called right or wrong", () => {
  const stop: Stop = { key: "doubt", section: "draw", shows: "house" };
  expect(outcomeOf(stop, labels, answer({ 0: 0.9951 }), null)).toBe("Its largest share, 99.5\u00a0%, is that of 0.");
});
