import { expect, test } from "vitest";
import { CENTRE, describe, GRID, moved, pointOf } from "./cursor.ts";
import { PEN_WIDTH } from "./strokes.ts";

const at = (column: number, row: number) => ({ column, row });

test.each([
  ["ArrowLeft", 4, 5],
  ["ArrowRight", 6, 5],
  ["ArrowUp", 5, 4],
  ["ArrowDown", 5, 6],
  ["Home", 4, 4],
  ["PageUp", 6, 4],
  ["End", 4, 6],
  ["PageDown", 6, 6],
])("%s moves by one cell, with Shift by four", (key, column, row) => {
  expect(moved(at(5, 5), key, false)).toEqual(at(column, row));
  expect(moved(at(5, 5), key, true)).toEqual(at(5 + 4 * (column - 5), 5 + 4 * (row - 5)));
});

test("the cursor stays on the grid, and other keys do not move it", () => {
  expect(moved(at(0, 3), "ArrowLeft", false)).toEqual(at(0, 3));
  expect(moved(at(GRID - 2, GRID - 1), "PageDown", true)).toEqual(at(GRID - 1, GRID - 1));
  for (const key of ["a", " ", "Tab", "constructor", "__proto__"])
    expect(moved(CENTRE, key, false)).toBeNull();
});

test("a cell is drawn at its centre, and counted from one when it is announced", () => {
  expect(pointOf(at(0, GRID - 1))).toEqual({ x: 0.5 / GRID, y: 1 - 0.5 / GRID, width: PEN_WIDTH });
  expect(describe(at(0, 4), false)).toBe("Row 5, column 1");
  expect(describe(at(0, 4), true)).toBe("Row 5, column 1, drawing");
});
