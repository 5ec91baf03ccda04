// Drawing with the keyboard: a cursor on a grid, which draws as it moves while the pen is down.
import { find, setText } from "../dom.ts";
import type { Store } from "../state.ts";
import { GRID, MIDDLE, moved, pointOf, spoken } from "../../pad/cursor.ts";
import type { Drawing } from "./drawing.ts";
import { PEN_WIDTH } from "../../pad/strokes.ts";

/** How long the cursor must rest before its place is announced: a held arrow key is not spelt out cell by cell. */
const REST_MS = 300;

export function mountKeyboard(root: ParentNode, store: Store, drawing: Drawing): void {
  const pad = find(root, ".pad");
  const canvas = find(pad, ".pad-canvas", HTMLCanvasElement);
  const cursor = find(pad, ".pad-cursor");
  const place = find(pad, ".pad-place");
  let cell = MIDDLE;
  let isDown = false;
  let timer = 0;

  function announce(delay: number): void {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      setText(place, spoken(cell, isDown));
    }, delay);
  }

  function show(): void {
    cursor.style.setProperty("--left", `${(100 * cell.column) / GRID}%`);
    cursor.style.setProperty("--top", `${(100 * cell.row) / GRID}%`);
    cursor.style.setProperty("--side", `${100 / GRID}%`);
    pad.classList.toggle("pen-down", isDown);
  }

  function lift(): void {
    if (!isDown) return;
    drawing.up(); // tells the store, which ends here in the watcher below
    announce(0);
  }

  function toggle(): void {
    if (!drawing.takesStrokes) canvas.click();
    else if (isDown) lift();
    else if (!store.state.drawing) {
      drawing.down(pointOf(cell, PEN_WIDTH));
      isDown = true;
      pad.classList.add("keys-known"); // the hint has done its work
      show();
      announce(0);
    }
  }

  const clear = () => {
    drawing.clear();
  };
  const ACTIONS: Readonly<Record<string, () => void>> = {
    " ": toggle,
    Enter: toggle,
    Escape: lift,
    Delete: clear,
    Backspace: clear,
  };

  canvas.addEventListener("keydown", (event) => {
    const { key, shiftKey } = event;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const next = drawing.takesStrokes ? moved(cell, key, shiftKey) : null;
    const action = Object.hasOwn(ACTIONS, key) ? ACTIONS[key] : undefined;
    if (next) {
      cell = next;
      if (isDown) drawing.move([pointOf(cell, PEN_WIDTH)]);
      show();
      announce(REST_MS);
    } else if (action) {
      if (!event.repeat) action(); // a key held down does not set the pen down and up again
    } else return;
    event.preventDefault(); // the page does not scroll
  });

  // However a stroke ends, by undo or by a pointer that starts its own, the pen is up.
  store.watch(["drawing"], (state) => {
    if (state.drawing) return;
    isDown = false;
    show();
  });
  canvas.addEventListener("blur", () => {
    lift();
    pad.classList.remove("keys-known");
  });
}
