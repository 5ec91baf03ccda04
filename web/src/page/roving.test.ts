import { expect, test } from "vitest";
import { neighbour } from "./roving.ts";

/** Buttons of 40 × 20 in a grid, in the order in which they are given: [column, row]. */
const grid = (...places: (readonly [number, number])[]) =>
  places.map(([column, row]) => ({ left: 50 * column, right: 50 * column + 40, top: 30 * row, bottom: 30 * row + 20 }));

const ROW = grid([0, 0], [1, 0], [2, 0]);
const COLUMN = grid([0, 0], [0, 1], [0, 2]);
/** As the bars are on a phone: 0, 1 at the left, 2, 3 at the right. */
const COLUMNS = grid([0, 0], [0, 1], [1, 0], [1, 1]);

test.each([
  ["a row", ROW, 0, "ArrowRight", 1],
  ["a row", ROW, 1, "ArrowLeft", 0],
  ["a row", ROW, 1, "ArrowDown", 2],
  ["a row", ROW, 1, "End", 2],
  ["a row", ROW, 2, "Home", 0],
  ["a column", COLUMN, 0, "ArrowDown", 1],
  ["a column", COLUMN, 2, "ArrowUp", 1],
  ["a column", COLUMN, 1, "ArrowRight", 2],
  ["columns", COLUMNS, 0, "ArrowRight", 2],
  ["columns", COLUMNS, 3, "ArrowLeft", 1],
  ["columns", COLUMNS, 1, "ArrowDown", 2],
  ["columns", COLUMNS, 2, "ArrowUp", 1],
] as const)("in %s: case %#", (_, boxes, from, key, to) => {
  expect(neighbour(boxes, from, key)).toBe(to);
});

test("at both ends, and for other keys, the focus stays", () => {
  expect(neighbour(ROW, 0, "ArrowLeft")).toBeNull();
  expect(neighbour(ROW, 2, "ArrowRight")).toBeNull();
  for (const key of ["Tab", "a", "Enter", "constructor"]) expect(neighbour(ROW, 0, key)).toBeNull();
});

test("from right to left, an arrow leads where it points", () => {
  const mirrored = grid([2, 0], [1, 0], [0, 0]);
  expect(neighbour(mirrored, 0, "ArrowLeft", true)).toBe(1);
  expect(neighbour(COLUMN, 0, "ArrowLeft", true)).toBe(1);
  expect(neighbour(COLUMN, 1, "ArrowRight", true)).toBe(0);
});
