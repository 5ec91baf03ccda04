import fc from "fast-check";
import { expect, test } from "vitest";
import { holds } from "../testing/holds.ts";
import { decodeStrokes, encodeStrokes, LINK_LIMIT } from "./link.ts";
import { STEPS, type Stroke } from "./strokes.ts";

const share = (min: number, max: number) =>
  // + 0: no −0
  fc.integer({ min: min * STEPS, max: max * STEPS }).map((steps) => steps / STEPS + 0);
const point = fc.record({ x: share(-1, 2), y: share(-1, 2), width: share(1 / STEPS, 0.25) });
/** From a pen, with varying width, or from a finger or a mouse, with constant width. */
const stroke: fc.Arbitrary<Stroke> = fc.oneof(
  fc.array(point, { minLength: 1, maxLength: 30 }),
  fc
    .tuple(share(1 / STEPS, 0.25), fc.array(point, { minLength: 1, maxLength: 30 }))
    .map(([width, points]) => points.map((each) => ({ ...each, width }))),
);
const drawing = fc.array(stroke, { minLength: 1, maxLength: 8 });

test("decoding restores a drawing exactly, and the text needs no escaping in an address", () => {
  holds(drawing, (strokes) => {
    const text = encodeStrokes(strokes);
    expect(text).toMatch(/^1[\w-]+$/);
    expect(decodeStrokes(text ?? "")).toEqual(strokes);
  });
});

test("a digit takes about two and a half characters per point", () => {
  const points = Array.from({ length: 60 }, (_, step) => ({
    x: Math.round((0.5 + 0.3 * Math.cos(step / 10)) * STEPS) / STEPS,
    y: Math.round((0.5 + 0.3 * Math.sin(step / 10)) * STEPS) / STEPS,
    width: 82 / STEPS,
  }));
  expect(encodeStrokes([points])?.length).toBeLessThan(60 * 2.75 + 10);
});

test("a form takes longer drawings than a link does", () => {
  const zigzag = Array.from({ length: 6000 }, (_, index) => ({
    x: (index % 2) / 2,
    y: index / 6000,
    width: 0.0625,
  }));
  const strokes = [
    zigzag.map(({ y, ...point }) => ({ ...point, y: Math.round(y * STEPS) / STEPS })),
  ];
  expect(encodeStrokes(strokes)).toBeNull();
  const text = encodeStrokes(strokes, 100_000)!;
  expect(text.length).toBeGreaterThan(LINK_LIMIT);
  expect(decodeStrokes(text)).toBeNull();
  expect(decodeStrokes(text, 100_000)).toEqual(strokes);
});

test("any text is decoded or refused, and never throws", () => {
  holds(fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.base64String()), (text) => {
    for (const garbage of [text, `1${text}`]) {
      const strokes = decodeStrokes(garbage);
      if (strokes) expect(encodeStrokes(strokes)).toBe(garbage); // accepts only its own encoding
    }
  });
});

test.each([
  ["nothing", ""],
  ["another version", "2AgBA"],
  ["no stroke", "1"],
  ["padding", "1AlIAAA=="],
  ["numbers that end early", "1Bg"],
  ["a number that ends early", "1gA"],
  ["a stroke of no points", "1AFI"],
  ["2³⁰ points", "1gICAgAhS"],
])("%s is not a drawing", (_, text) => {
  expect(decodeStrokes(text)).toBeNull();
});

test("a point far away, or a pen without width, is no drawing, and one that is blank or too long has no text", () => {
  for (const odd of [{ x: 2.5 }, { y: -3 }, { width: 0 }, { width: 2 }]) {
    const text = encodeStrokes([[{ x: 0.5, y: 0.5, width: 0.125, ...odd }]]);
    expect(decodeStrokes(text ?? "")).toBeNull();
  }
  const long = Array.from({ length: LINK_LIMIT / 2 }, (_, index) => ({
    x: (index % 2) / 2,
    y: 0.5,
    width: 0.0625,
  }));
  expect(encodeStrokes([long])).toBeNull();
  expect(encodeStrokes([])).toBeNull();
  expect(decodeStrokes(`1${"A".repeat(LINK_LIMIT)}`)).toBeNull();
});
