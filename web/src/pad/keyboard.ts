// The keyboard's pen: arrow keys move a cursor over the pad, and draw while the pen is down.
import { CENTRE, moved, pointOf, type Cell } from "./cursor.ts";
import type { Drawing } from "./drawing.ts";

export class Keyboard {
  readonly #canvas: HTMLCanvasElement;
  readonly #drawing: Drawing;
  readonly #show: (cell: Cell, isDown: boolean) => void;
  #cell = CENTRE;
  #isDown = false;

  /** @param show Called now, and whenever the cursor moves or its pen goes down or up. */
  constructor(
    canvas: HTMLCanvasElement,
    drawing: Drawing,
    show: (cell: Cell, isDown: boolean) => void,
  ) {
    this.#canvas = canvas;
    this.#drawing = drawing;
    this.#show = show;
    // However the stroke ends, by undo or because a pointer starts its own, the pen is up.
    drawing.watch(() => {
      if (this.#isDown && !drawing.current) this.#set(this.#cell, false);
    });
    canvas.addEventListener("blur", () => {
      this.#lift();
    });
    show(this.#cell, false);
  }

  /** @returns True if the pad uses the key; the browser must then do nothing else with it. */
  press({ key, shiftKey, ctrlKey, metaKey, altKey, repeat }: KeyboardEvent): boolean {
    const drawing = this.#drawing;
    if (ctrlKey || metaKey || altKey) {
      const isUndo = key === "z" && !shiftKey && !altKey;
      if (isUndo) drawing.undo();
      return isUndo;
    }
    const cell = drawing.takesStrokes ? moved(this.#cell, key, shiftKey) : null;
    if (cell) {
      if (this.#isDown) drawing.move([pointOf(cell)]);
      this.#set(cell, this.#isDown);
    } else if (key === " " || key === "Enter") {
      if (!repeat) this.#toggle(); // a key held down does not keep lowering and lifting the pen
    } else if (key === "Delete" || key === "Backspace") drawing.clear();
    else if (key === "Escape" && this.#isDown) this.#lift();
    else return false;
    return true;
  }

  #toggle(): void {
    const drawing = this.#drawing;
    if (!drawing.takesStrokes)
      this.#canvas.click(); // the pad is then a button that opens a file dialogue
    else if (this.#isDown) this.#lift();
    else if (!drawing.current) {
      drawing.down([pointOf(this.#cell)]);
      this.#set(this.#cell, true);
    }
  }

  #lift(): void {
    if (this.#isDown) this.#drawing.up();
  }

  #set(cell: Cell, isDown: boolean): void {
    this.#cell = cell;
    this.#isDown = isDown;
    this.#show(cell, isDown);
  }
}
