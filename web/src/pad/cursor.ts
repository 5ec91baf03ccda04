// The keyboard's position on the pad: one cell of a grid. No state; keyboard.ts moves it.
import { PEN_WIDTH, type Point } from "./strokes.ts";

/**
 * Cells along the pad's side: as coarse as the images that such models are trained on, so a digit
 * takes few key presses.
 */
export const GRID = 28;
/** Cells per key press with Shift. */
const STRIDE = 4;

export interface Cell {
  /** 0..GRID − 1, from the left. */
  readonly column: number;
  /** 0..GRID − 1, from the top. */
  readonly row: number;
}

export const CENTRE: Cell = { column: GRID / 2, row: GRID / 2 };

/**
 * [right, down]. The four keys beside the arrows move diagonally, as they are placed around them on
 * a number pad.
 */
const MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  Home: [-1, -1],
  PageUp: [1, -1],
  End: [-1, 1],
  PageDown: [1, 1],
};

/**
 * The cell that a key leads to, at the edge possibly the same one; null if the key does not move
 * the cursor.
 */
export function moved({ column, row }: Cell, key: string, fast: boolean): Cell | null {
  const move = Object.hasOwn(MOVES, key) ? MOVES[key] : undefined;
  if (!move) return null;
  const onGrid = (index: number) => Math.max(0, Math.min(GRID - 1, index));
  const [right, down] = move.map((direction) => direction * (fast ? STRIDE : 1)) as [
    number,
    number,
  ];
  return { column: onGrid(column + right), row: onGrid(row + down) };
}

/** The centre of a cell, as a point of a stroke. */
export const pointOf = ({ column, row }: Cell): Point => ({
  x: (column + 0.5) / GRID,
  y: (row + 0.5) / GRID,
  width: PEN_WIDTH,
});

/** For screen readers. */
export const describe = ({ column, row }: Cell, isDown: boolean): string =>
  `Row ${row + 1}, column ${column + 1}${isDown ? ", drawing" : ""}`;
