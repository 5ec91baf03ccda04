import { expect, test, vi } from "vitest";
import { BLANK, Drawing, UNDO_LIMIT, type PadImage } from "./drawing.ts";

const at = (x: number, y: number, width = 0.125) => ({ x, y, width });
const IMAGE: PadImage = { paint: () => undefined };

function line(drawing: Drawing, x: number): void {
  drawing.down([at(x, 0.25)]);
  drawing.move([at(x, 0.5), at(x, 0.75)]);
  drawing.up();
}

test("undo goes back stroke by stroke, and over clearing", () => {
  const drawing = new Drawing();
  line(drawing, 0.25);
  line(drawing, 0.5);
  drawing.clear();
  expect(drawing.isBlank).toBe(true);
  for (const strokes of [2, 1, 0, 0]) {
    drawing.undo();
    expect(drawing.strokes).toHaveLength(strokes);
  }
  expect(drawing.canUndo).toBe(false);
  drawing.clear(); // of a blank pad
  expect(drawing.canUndo).toBe(false);
});

test("a stroke on an image starts a new drawing, and undo brings the image back", () => {
  const drawing = new Drawing();
  line(drawing, 0.25);
  drawing.put(IMAGE);
  expect(drawing.image).toBe(IMAGE);
  expect(drawing.strokes).toEqual([]);
  drawing.down([at(0.5, 0.5)]);
  expect(drawing.image).toBeNull(); // at once, not only when the stroke ends
  drawing.up();
  expect(drawing.strokes).toHaveLength(1);
  drawing.undo();
  expect(drawing.image).toBe(IMAGE);
  drawing.undo();
  expect(drawing.strokes[0]?.[0]).toEqual(at(0.25, 0.25));
});

test("undo, clearing and an image end the stroke in progress", () => {
  for (const end of ["undo", "clear", "put"] as const) {
    const drawing = new Drawing();
    expect(drawing.canUndo).toBe(false);
    drawing.down([at(0.5, 0.5)]);
    expect(drawing.canUndo).toBe(true); // a stroke in progress can be undone, too
    drawing[end](IMAGE);
    expect(drawing.current).toBeNull();
    expect(drawing.strokes).toEqual([]);
    drawing.move([at(0.6, 0.6)]); // the finger is still moving
    expect(drawing.strokes).toEqual([]);
  }
});

test("listeners are told which points are new; one that hardly moves is left out, but not a pen that presses harder", () => {
  const drawing = new Drawing();
  const listener = vi.fn();
  drawing.watch(listener);
  line(drawing, 0.5);
  expect(listener.mock.calls).toEqual([[0], [1], [null]]);
  drawing.down([at(0.5, 0.5)]);
  drawing.move([at(0.501, 0.5), at(0.5, 0.498), at(0.5, 0.5, 0.15)]);
  expect(drawing.current).toHaveLength(2);
});

test("undo goes back a limited number of steps, so that images do not fill the memory", () => {
  const drawing = new Drawing();
  for (let index = 0; index < UNDO_LIMIT + 10; index++) line(drawing, index / 100);
  let steps = 0;
  for (; drawing.canUndo; steps++) drawing.undo();
  expect(steps).toBe(UNDO_LIMIT);
  expect(drawing.strokes).toHaveLength(10);
});

test("a drawing that takes no strokes takes images only, and what is replaced is not a step for undo", () => {
  const drawing = new Drawing();
  drawing.takesStrokes = false;
  line(drawing, 0.5);
  expect(drawing.isBlank).toBe(true);
  drawing.put(IMAGE);
  line(drawing, 0.5);
  expect(drawing.image).toBe(IMAGE);
  const other = new Drawing();
  other.down([at(0.5, 0.5)]);
  other.replace(BLANK);
  expect([other.isBlank, other.current, other.canUndo]).toEqual([true, null, false]);
});
