import { beforeEach, expect, test } from "vitest";
import { CENTRE, type Cell } from "./cursor.ts";
import { Drawing } from "./drawing.ts";
import { Keyboard } from "./keyboard.ts";

/** As much of a canvas as the keyboard uses. */
class FakeCanvas extends EventTarget {
  clicks = 0;
  click(): void {
    this.clicks += 1;
  }
}

let canvas: FakeCanvas;
let drawing: Drawing;
let keyboard: Keyboard;
let shown: readonly [cell: Cell, isDown: boolean];

beforeEach(() => {
  canvas = new FakeCanvas();
  drawing = new Drawing();
  keyboard = new Keyboard(
    canvas as unknown as HTMLCanvasElement,
    drawing,
    (...now) => (shown = now),
  );
});

/** @returns For each key, whether it meant something to the pad. */
const press = (keys: readonly string[], modifiers: Partial<KeyboardEvent> = {}) =>
  keys.map((key) => keyboard.press({ key, ...modifiers } as KeyboardEvent));

test.each([" ", "Enter"])(
  "“%s” lowers and lifts the pen, and the arrow keys draw in between",
  (key) => {
    expect(shown).toEqual([CENTRE, false]);
    expect(press(["ArrowUp", key, "ArrowRight", "ArrowRight"])).toEqual([true, true, true, true]);
    expect(shown).toEqual([{ column: CENTRE.column + 2, row: CENTRE.row - 1 }, true]);
    expect(drawing.current).toHaveLength(3);
    press([key]);
    expect(shown[1]).toBe(false);
    press(["ArrowDown"]);
    expect(drawing.strokes.map(({ length }) => length)).toEqual([3]);
  },
);

test("a key that is held down does not keep lowering and lifting the pen", () => {
  press([" "]);
  expect(press([" ", " ", " "], { repeat: true })).toEqual([true, true, true]);
  expect(drawing.current).toHaveLength(1);
});

test("Escape, another stroke and losing the focus lift the pen", () => {
  for (const lift of [
    () => press(["Escape"]),
    () => {
      drawing.down([{ x: 0, y: 0, width: 0.1 }]);
    },
    () => canvas.dispatchEvent(new Event("blur")),
    () => {
      drawing.undo();
    },
  ]) {
    press([" "]);
    expect(shown[1]).toBe(true);
    lift();
    expect(shown[1]).toBe(false);
    drawing.up();
  }
  expect(press(["Escape"])).toEqual([false]); // the page may use it
});

test("while a pointer draws, the keyboard moves its cursor and nothing else", () => {
  drawing.down([{ x: 0, y: 0, width: 0.1 }]);
  press([" ", "ArrowUp"]);
  expect(shown).toEqual([{ ...CENTRE, row: CENTRE.row - 1 }, false]);
  expect(drawing.current).toHaveLength(1);
});

test.each(["Delete", "Backspace"])("%s clears the pad, and Control+Z undoes", (key) => {
  press([" ", " "]);
  expect(press([key])).toEqual([true]);
  expect(drawing.isBlank).toBe(true);
  expect(press(["z"], { metaKey: true })).toEqual([true]);
  expect(drawing.strokes).toHaveLength(1);
  expect(press(["z"], { ctrlKey: true })).toEqual([true]);
  expect(drawing.isBlank).toBe(true);
});

test.each([
  ["z", { ctrlKey: true, shiftKey: true }],
  ["z", { ctrlKey: true, altKey: true }],
  ["c", { ctrlKey: true }],
  ["ArrowUp", { altKey: true }],
  ["Tab", {}],
  ["z", {}],
])("“%s” with %j is left to the page", (key, modifiers) => {
  expect(press([key], modifiers)).toEqual([false]);
  expect(shown).toEqual([CENTRE, false]);
});

test("where photos are chosen, the keys that lower the pen press the pad instead, and arrow keys are left to the page", () => {
  drawing.takesStrokes = false;
  expect(press([" ", "Enter", "ArrowUp"])).toEqual([true, true, false]);
  expect(canvas.clicks).toBe(2);
  expect(drawing.isBlank).toBe(true);
});
