import { expect, test } from "vitest";
import { boxOf, paintShape, paintStroke, type Stroke } from "./strokes.ts";

const STROKE: Stroke = [
  { x: 0.2, y: 0.3, width: 0.1 },
  { x: 0.4, y: 0.35, width: 0.1 },
  { x: 0.5, y: 0.6, width: 0.08 },
  { x: 0.45, y: 0.8, width: 0.12 },
];

/** A context that only records its calls. */
function recorder() {
  const calls: string[] = [];
  const context = new Proxy({} as CanvasRenderingContext2D, {
    get:
      (_, name) =>
      (...values: unknown[]) =>
        calls.push(`${String(name)}(${values.join()})`),
    set: (_, name, value) => calls.push(`${String(name)}=${String(value)}`) > 0,
  });
  return { context, drawn: () => calls };
}

test("painting piece by piece, as during a stroke, is the same as painting it all at once", () => {
  const whole = recorder();
  paintStroke(whole.context, STROKE, 280);
  const pieces = recorder();
  for (let length = 1; length <= STROKE.length; length++) {
    paintStroke(pieces.context, STROKE.slice(0, length), 280, length - 1, false);
  }
  paintStroke(pieces.context, STROKE, 280, STROKE.length);
  expect(pieces.drawn()).toEqual(whole.drawn());
});

test.each([
  ["a stroke of one width", STROKE.map((point) => ({ ...point, width: 0.1 })), "stroke()"],
  ["a stroke with pressure", STROKE, "fill()"],
  ["a tap", STROKE.slice(0, 1), "fill()"],
])("on the screen, %s is painted in one go", (_, stroke, end) => {
  const { context, drawn } = recorder();
  paintShape(context, stroke);
  const calls = drawn();
  expect(calls.filter((call) => /^(beginPath|stroke|fill)\(/.test(call))).toEqual([
    "beginPath()",
    end,
  ]);
  expect(calls.at(-1)).toBe(end);
  expect(calls.join()).not.toContain("NaN");
});

test("a stroke of one width reaches its last point, and a tap is a dot", () => {
  const { context, drawn } = recorder();
  const even = STROKE.map((point) => ({ ...point, width: 0.1 }));
  paintShape(context, even);
  expect(drawn().at(-2)).toBe("quadraticCurveTo(0.45,0.8,0.45,0.8)");
  const tap = recorder();
  paintStroke(tap.context, STROKE.slice(0, 1), 100);
  expect(tap.drawn()).toEqual(["beginPath()", `arc(20,30,5,0,${2 * Math.PI})`, "fill()"]);
});

test("the box holds every stroke with its width and an empty margin, and ends with the canvas; without strokes there is none", () => {
  const line: Stroke = [
    { x: 0.25, y: 0.5, width: 0.125 },
    { x: 0.5, y: 0.75, width: 0.25 },
  ];
  // 12..40 × 28..56 and the margin
  expect(boxOf([line], 64)).toEqual({ x: 10, y: 26, width: 32, height: 32 });
  // Half of the dot lies outside the canvas, where nothing can be painted; the margin may lie
  // there.
  expect(boxOf([[{ x: 0, y: 0.5, width: 0.125 }]], 64)).toEqual({
    x: -2,
    y: 26,
    width: 8,
    height: 12,
  });
  expect(boxOf([], 100)).toBeNull();
  expect(boxOf([[{ x: 2, y: 2, width: 0.1 }]], 100)).toBeNull();
});
