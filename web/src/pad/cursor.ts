// The keyboard's place on the pad: one cell of a grid. Pure; keyboard.ts moves and shows it.
import type { Point } from "./strokes.ts";

/** Cells in the pad's side: as coarse as the pictures that such models are trained on, so a digit takes few key presses. */
export const GRID = 28;
/** Cells for one press with Shift. */
const STRIDE = 4;

export interface Cell {
  /** 0..GRID − 1, from the left. */
  readonly column: number;
  /** 0..GRID − 1, from the top. */
  readonly row: number;
}

export const MIDDLE: Cell = { column: GRID / 2, row: GRID / 2 };

/** [across, down]. The four keys beside the arrows go the way in which they lie around them on a number pad. */
const WAYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  Home: [-1, -1],
  PageUp: [1, -1],
  End: [-1, 1],
  PageDown: [1, 1],
};

/** The cell that a key leads to, at the edge perhaps the same; null when it is no key for moving. */
export function moved({ column, row }: Cell, key: string, fast: boolean): Cell | null {
  const way = Object.hasOwn(WAYS, key) ? WAYS[key] : undefined;
  if (!way) return null;
  const onGrid = (place: number) => Math.max(0, Math.min(GRID - 1, place));
  const [across, down] = way.map((direction) => direction * (fast ? STRIDE : 1)) as [number, number];
  return { column: onGrid(column + across), row: onGrid(row + down) };
}

/** The middle of a cell, as a point of a stroke. */
export const pointOf = ({ column, row }: Cell, width: number): Point => ({
  x: (column + 0.5) / GRID,
  y: (row + 0.5) / GRID,
  width,
});

/** For those who listen. */
export const spoken = ({ column, row }: Cell, isDown: boolean): string =>
  `Row ${row + 1}, column ${column + 1}${isDown ? ", drawing" : ""}`;
