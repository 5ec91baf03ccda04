// The calculations of the parts, without their DOM.
import { expect, test } from "vitest";
import { parseManifest } from "../../runtime/manifest.ts";
import { manifestOf, ROOT } from "../../testing/published.ts";
import type { Epoch } from "../records.ts";
import { pointsOf, trainedTicks, untrained } from "./curves.ts";
import { cellSide, heat } from "./matrix-table.ts";
import { worstClasses } from "./recall.ts";
import { cardOf } from "./record.ts";
import { dotSize, filledBins } from "./reliability.ts";

const epochs: readonly Epoch[] = [
  { epoch: 0, loss: null, accuracy: null, validation_loss: 2.32, validation_accuracy: 0.11 },
  { epoch: 1, loss: 0.29, accuracy: 0.92, validation_loss: 0.17, validation_accuracy: 0.957 },
  { epoch: 2, loss: 0.2, accuracy: 0.94, validation_loss: 0.15, validation_accuracy: 0.961 },
];

test("a curve has only the points that were measured, and its axis covers the training, not the guesses before it", () => {
  expect(pointsOf(epochs, "loss")).toEqual([
    [1, 0.29],
    [2, 0.2],
  ]);
  expect(pointsOf(epochs, "validation_loss")).toHaveLength(3);
  expect(trainedTicks(epochs, "loss", "validation_loss").at(-1)).toBe(0.3);
  expect(trainedTicks(epochs, "accuracy", "validation_accuracy")[0]).toBe(0.92);
});

test("what is said about the time before training is true of the initial weights", () => {
  const start = (loss: number | null) => [{ ...epochs[0]!, validation_loss: loss }];
  expect(untrained(start(2.3217), 10)).toContain("random: 11.0\u00a0% were correct");
  expect(untrained(start(2.3025853633880615), 10)).toContain("equally probable"); // all weights 0: ln 10, as float32 has it
  expect(untrained(start(2.3025853633880615), 26)).toContain("random");
  expect(untrained(start(null), 10)).toBe("");
  expect(untrained([], 10)).toBe("");
});

test("the cells of ten classes fit the smallest phone, and are full touch targets where there is room", () => {
  expect(cellSide(288, 10, 4, 24) * 10 + 24 + 12).toBeLessThanOrEqual(288);
  expect(cellSide(544, 10, 4, 24)).toBeGreaterThanOrEqual(44);
  expect(cellSide(288, 26, 4, 24)).toBe(25); // too many classes: the region scrolls, the numbers stay complete
});

test("the most frequent mistake is the hottest, and the worst class is named, or none if all are equal", () => {
  expect(heat(24, 1000, 0.024)).toBe(1);
  expect(heat(6, 1000, 0.024)).toBe(0.5);
  expect(heat(0, 1000, 0.024)).toBe(0);
  expect(heat(0, 0, 0)).toBe(0);
  const classes = (...recalls: number[]) =>
    recalls.map((recall, index) => ({ label: String(index), recall, precision: null, support: 10 }));
  expect(worstClasses(classes(0.9, 0.8, 0.8))).toEqual(["1", "2"]);
  expect(worstClasses(classes(0.9, 0.9))).toEqual([]);
});

test("bins without answers are left out; dots grow with the number of answers", () => {
  const empty = { lower: 0, upper: 0.5, count: 0, confidence: null, accuracy: null };
  const full = { lower: 0.5, upper: 1, count: 10, confidence: 0.9, accuracy: 0.8 };
  expect(filledBins([empty, full])).toEqual([full]);
  expect(dotSize(400, 400) / dotSize(100, 400)).toBe(2);
  expect(dotSize(1, 10_000)).toBeGreaterThanOrEqual(5); // still visible
});

test("the model card is the one in the page's language, or else English", () => {
  const url = `${ROOT}0123456789ab/manifest.json`;
  const cards = { de: { path: "README.de.md", bytes: 1, sha256: "" } };
  const manifest = (more: object) => parseManifest({ ...manifestOf([], 4, ["a", "b"]), ...more });
  expect(cardOf({ manifest: manifest({ cards }), url }, "de")).toBe(`${ROOT}0123456789ab/README.de.md`);
  expect(cardOf({ manifest: manifest({ cards }), url }, "en")).toBe(`${ROOT}0123456789ab/README.md`);
  expect(cardOf({ manifest: manifest({}), url }, "de")).toBe(`${ROOT}0123456789ab/README.md`); // of an earlier release
});
