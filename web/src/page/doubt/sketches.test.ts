import { expect, test } from "vitest";
import { decodeStrokes, encodeStrokes } from "../../pad/link.ts";
import { onPad } from "./sketches.ts";

test("a drawing is put in the middle of the pad, as large as the pipeline drew it, and fits into a link", () => {
  const drawn = onPad({
    strokes: [
      [0, 0, 100, 0],
      [50, 80],
    ],
  });
  const places = drawn.map((stroke) =>
    stroke.map(({ x, y }) => [x, y].map((at) => Number(at.toFixed(6)))),
  );
  expect(places).toEqual([
    [
      [0.2, 0.26],
      [0.8, 0.26],
    ],
    [[0.5, 0.74]],
  ]);
  expect(decodeStrokes(encodeStrokes(drawn)!)).toHaveLength(2);
});
