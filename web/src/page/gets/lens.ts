// The picture that the model gets, and the numbers of a part of it: a window that is dragged, or
// moved with the arrow keys.
import { ARROWS, create, setText } from "../dom.ts";
import { fixed, whole } from "../format.ts";
import { say } from "../language.ts";
import type { Picture } from "../../runtime/preprocess/photos.ts";
import { createPixels, type Size } from "../pixels.ts";
import { largestOf } from "../subject.ts";
import { showIn } from "./shot.ts";

/** In pixels of the picture. */
const WINDOW: Size = { height: 5, width: 7 };
/**
 * Where the window is at first, as a share of the way from the upper left corner: at the edge of
 * most drawings.
 */
const START: Size = { height: 0.2, width: 0.6 };

const written = (value: number) =>
  Math.abs(value) < 0.005 ? "0" : fixed(value, Math.abs(value) < 10 ? 2 : 0);

export function createLens({ height, width }: Size) {
  const [rows, columns] = [Math.min(WINDOW.height, height), Math.min(WINDOW.width, width)];
  const picture = createPixels("ink");
  const pane = create("div", "lens-window");
  pane.tabIndex = 0;
  pane.setAttribute("role", "application");
  pane.setAttribute("aria-label", say.gets.windowKeys);
  const { frame } = picture;
  frame.append(pane);
  const table = create("table", "");
  const cells = Array.from({ length: rows }, () =>
    Array.from({ length: columns }, () => create("td", "")),
  );
  table.setAttribute("aria-label", say.gets.numbers);
  table.append(...cells.map((row) => create("tr", "", ...row)));
  const where = create("span", "unseen");
  where.setAttribute("aria-live", "polite"); // it changes when the window is moved
  const [some, all] = [rows * columns, height * width].map(whole);
  const place = create("p", "note", say.gets.some(some!, all!, `${width} × ${height}`), where);
  const element = create("div", "lens", frame, create("div", "lens-beam"), table);
  const { style } = element;
  let shown: Picture | null = null;
  let [top, left] = [
    Math.round(START.height * (height - rows)),
    Math.round(START.width * (width - columns)),
  ];

  function write(): void {
    const most = shown ? Math.max(1, largestOf(shown.data)) : 1;
    for (const [row, line] of cells.entries()) {
      for (const [column, cell] of line.entries()) {
        const value = shown?.data[(top + row) * width + left + column] ?? 0;
        setText(cell, written(value));
        cell.style.setProperty("--tone", String(Math.max(0, value / most)));
      }
    }
  }

  function move(row: number, column: number): void {
    top = Math.max(0, Math.min(height - rows, Math.round(row)));
    left = Math.max(0, Math.min(width - columns, Math.round(column)));
    style.setProperty("--top", `${(100 * top) / height}%`);
    style.setProperty("--left", `${(100 * left) / width}%`);
    setText(where, say.gets.place([top + 1, top + rows], [left + 1, left + columns]));
    write();
  }

  const follow = ({ clientX, clientY }: MouseEvent) => {
    const box = frame.getBoundingClientRect();
    const row = ((clientY - box.top) / box.height) * height;
    move(row - rows / 2, ((clientX - box.left) / box.width) * width - columns / 2);
  };
  frame.addEventListener("click", follow);
  pane.addEventListener("pointerdown", ({ pointerId }) => {
    pane.setPointerCapture(pointerId);
  });
  pane.addEventListener("pointermove", (event) => {
    if (pane.hasPointerCapture(event.pointerId)) follow(event);
  });
  pane.addEventListener("keydown", (event) => {
    const step = ARROWS[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault(); // no scrolling
    move(top + step[0], left + step[1]);
  });
  style.setProperty("--wide", `${(100 * columns) / width}%`);
  style.setProperty("--high", `${(100 * rows) / height}%`);
  style.setProperty("--pixel", `${100 / width}% ${100 / height}%`);
  move(top, left);

  return {
    element,
    place,
    /** @param taken One number per pixel. */
    show(taken: Picture) {
      shown = taken;
      showIn(picture, taken, say.gets.result);
      write();
    },
  };
}
