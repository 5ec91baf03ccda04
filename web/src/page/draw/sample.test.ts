import { expect, test } from "vitest";
import { BLANK } from "../../pad/drawing.ts";
import { fragmentOf } from "./address.ts";
import { PageDrawing } from "./page-drawing.ts";
import { beginning } from "./sample.ts";

const point = (x: number) => ({ x, y: 0.5, width: 0.125 });
const SAMPLE = [[point(0.25), point(0.5)], [point(0.75)]];
const STROKE = [point(0.125)];

test("the beginning of strokes grows point by point", () => {
  const grown = [0, 1, 2, 3].map((points) => beginning(SAMPLE, points));
  expect(grown).toEqual([[], [[point(0.25)]], [SAMPLE[0]], SAMPLE]);
});

test.each([
  ["a stroke", "down", [STROKE], true],
  ["another drawing", "put", [STROKE], true],
  ["another drawing without a step for undo", "replace", [STROKE], false],
  ["clear", "clear", BLANK, false],
] as const)(
  "the sample, while it is drawn, gives way to %s, and is no step of undo",
  (_, act, left, canUndo) => {
    const drawing = new PageDrawing();
    drawing.showSample(SAMPLE, "coming");
    expect([drawing.strokes, drawing.canUndo]).toEqual([SAMPLE, false]);
    if (act === "down") drawing.down(STROKE);
    else drawing[act]([STROKE]);
    drawing.up();
    expect([drawing.sample, drawing.strokes, drawing.canUndo]).toEqual([null, left, canUndo]);
    drawing.undo();
    if (canUndo) expect(drawing.strokes).toEqual(BLANK);
  },
);

test("under an image it stays, as a drawing of one's own that undo brings back", () => {
  const drawing = new PageDrawing();
  drawing.showSample(SAMPLE, "there");
  drawing.put({ paint: () => undefined });
  drawing.undo();
  expect([drawing.strokes, drawing.sample]).toEqual([SAMPLE, null]);
});

test("who copies a link to the sample gets it: it is what they see", () => {
  const drawing = new PageDrawing();
  drawing.showSample(SAMPLE, "there");
  expect(fragmentOf(drawing)).toMatch(/^#drawing=1/);
});
