// The keyboard's pen: a cursor on the pad that the arrow keys move, and draw with once it is set down.
import { MIDDLE, moved, pointOf } from "../pad/cursor.ts";
import { PEN_WIDTH } from "../pad/strokes.ts";
import { create } from "./dom.ts";
import type { Pad } from "./pad.ts";

export class Keys {
  /** Shown by the style sheet while the canvas has the keyboard's focus. */
  readonly cursor = create("div", "cursor");
  readonly #pad: Pad;
  #cell = MIDDLE;

  constructor(pad: Pad) {
    this.#pad = pad;
    this.place();
  }

  /** @returns Whether it is a key of the pad. */
  press({ key, shiftKey, ctrlKey, metaKey, altKey, repeat }: KeyboardEvent): boolean {
    const pad = this.#pad;
    const command = ctrlKey || metaKey;
    if (altKey || pad.held) return false;
    if (command && key === "z" && !shiftKey) pad.undo();
    if (command) return key === "z";
    const cell = pad.choose ? null : moved(this.#cell, key, shiftKey);
    if (pad.choose && (key === " " || key === "Enter")) {
      if (!repeat) pad.choose();
    } else if (cell) {
      this.#cell = cell;
      pad.extend([this.#point()]);
      this.place();
    } else if (key === " ") {
      if (repeat) return true; // a key held down does not set the pen down and up again
      if (pad.drawing) pad.lift();
      else {
        pad.begin();
        pad.extend([this.#point()]);
      }
    } else if (key === "Escape" && pad.drawing) pad.lift();
    else if (key === "Delete" || key === "Backspace") pad.clear();
    else return false;
    return true;
  }

  /** After each change of the drawing: the pen may have been lifted. */
  place(): void {
    const { style, classList } = this.cursor;
    const { x, y } = this.#point();
    style.left = `${100 * x}%`; // not logical: the pad is not mirrored from right to left
    style.top = `${100 * y}%`;
    classList.toggle("down", this.#pad.drawing);
  }

  #point() {
    return pointOf(this.#cell, PEN_WIDTH);
  }
}
