// Drawing with the keyboard, on every pad of the page: shows the cursor on the pad and announces
// where it is.
import { GRID } from "../pad/cursor.ts";
import type { Drawing } from "../pad/drawing.ts";
import { Keyboard } from "../pad/keyboard.ts";
import { find, setText } from "./dom.ts";
import { say } from "./language.ts";

/**
 * How long the cursor must rest before its position is announced: a held arrow key is not read out
 * cell by cell.
 */
const REST_MS = 300;

/** @param onPress Called after each key that means something to the pad. */
export function mountKeyboard(
  root: ParentNode,
  drawing: Drawing,
  onPress = (): void => undefined,
): void {
  const pad = find(root, ".pad");
  const canvas = find(pad, ".pad-canvas", HTMLCanvasElement);
  const cursor = find(pad, ".pad-cursor");
  const position = find(pad, ".pad-place");
  let timer = 0;

  const keyboard = new Keyboard(canvas, drawing, (cell, isDown) => {
    cursor.style.setProperty("--left", `${(100 * cell.column) / GRID}%`);
    cursor.style.setProperty("--top", `${(100 * cell.row) / GRID}%`);
    cursor.style.setProperty("--side", `${100 / GRID}%`);
    const wasDown = pad.classList.contains("pen-down");
    pad.classList.toggle("pen-down", isDown);
    if (isDown) pad.classList.add("keys-known"); // the hint is no longer needed
    if (document.activeElement !== canvas) return;
    clearTimeout(timer);
    timer = window.setTimeout(
      () => {
        setText(position, say.draw.place(cell.row + 1, cell.column + 1, isDown));
      },
      isDown === wasDown ? REST_MS : 0,
    );
  });
  canvas.addEventListener("keydown", (event) => {
    if (!keyboard.press(event)) return;
    event.preventDefault(); // the page does not scroll
    onPress();
  });
  canvas.addEventListener("blur", () => {
    pad.classList.remove("keys-known");
  });
}
