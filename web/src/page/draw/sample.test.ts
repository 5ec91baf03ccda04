import { expect, test } from "vitest";
import { BLANK } from "../../pad/drawing.ts";
import { fragmentOf } from "./address.ts";
import { PageDrawing } from "./page-drawing.ts";
import { beginning } from "./sample.ts";

const point = (x: number) => ({ x, y: 0.5, width: 0.125 });
const SAMPLE = [[point(0.25), point(0.5)], [point(0.75)]];
const STROKE = [point(0.125)];

test("the beginning of strokes grows point by point", () => {
  expect(beginning(SAMPLE, 0)).toEqual([]);
  expect(beginning(SAMPLE, 1)).toEqual([[point(0.25)]]);
  expect(beginning(SAMPLE, 2)).toEqual([SAMPLE[0]]);
  expect(beginning(SAMPLE, 3)).toEqual(SAMPLE);
});

test.each([
  ["a stroke", "down", [STROKE], true],
  ["another drawing", "put", [STROKE], true],
  ["another drawing without a step for undo", "replace", [STROKE], false],
  ["undo", "undo", BLANK, false],
  ["clear", "clear", BLANK, false],
] as const)("the sample gives way to %s, and is no step of undo", (_, act, left, canUndo) => {
  const drawing = new PageDrawing();
  drawing.showSample(SAMPLE, "there");
  expect(drawing.strokes).toEqual(SAMPLE);
  expect(drawing.canUndo).toBe(false);
  if (act === "down") drawing.down(STROKE);
  else drawing[act]([STROKE]);
  drawing.up();
  expect(drawing.sample).toBeNull();
  expect(drawing.strokes).toEqual(left);
  expect(drawing.canUndo).toBe(canUndo);
  drawing.undo();
  if (canUndo) expect(drawing.strokes).toEqual(BLANK);
});

test("who copies a link to the sample gets it: it is what they see", () => {
  const drawing = new PageDrawing();
  drawing.showSample(SAMPLE, "there");
  expect(fragmentOf(drawing)).toMatch(/^#drawing=1/);
});
