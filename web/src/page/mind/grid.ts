// The model's picture, large: pixels are hatched on it, pointed at, and painted by a pointer or by keys.
import { inkRamp, onThemeChange, paintValues } from "../colours.ts";
import { ARROWS, context2d, create, createSvg, setText } from "../dom.ts";
import { say } from "../language.ts";
import type { Size } from "../pixels.ts";
import { line, squares } from "./brush.ts";

interface GridEvents {
  /** @param isNew A new line begins; otherwise it goes on. */
  readonly paint: (pixels: readonly number[], isNew: boolean) => void;
  /** Text below the grid for a pixel; null: for none in particular. */
  readonly describe: (pixel: number | null) => string;
}

export function createGrid(size: Size, { paint, describe }: GridEvents) {
  const { width, height } = size;
  const canvas = create("canvas", "pixels");
  Object.assign(canvas, { width, height });
  const context = context2d(canvas);
  let shown: Float32Array | null = null;
  const repaint = () => {
    paintValues(context, shown ?? [], inkRamp(), 0);
  };
  onThemeChange(canvas, repaint);

  const marks = createSvg("path", { class: "hatched", fill: "url(#hatch)" });
  const overlay = createSvg("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, hatch(), marks);
  const cursor = create("div", "pixel-cursor");
  const frame = create("div", "frame change-frame", canvas, overlay, cursor);
  frame.tabIndex = 0;
  frame.setAttribute("role", "application");
  const readout = create("p", "change-readout");
  const element = create("div", "change-grid", frame, readout);
  let at: number | null = null;
  let pressed: number | null = null; // the pointer that paints

  function point(pixel: number | null): void {
    at = pixel;
    cursor.hidden = pixel === null || !shown;
    if (pixel !== null) {
      const { style } = cursor;
      style.left = `${(100 * (pixel % width)) / width}%`;
      style.top = `${(100 * Math.floor(pixel / width)) / height}%`;
      style.width = `${100 / width}%`;
      style.height = `${100 / height}%`;
    }
    setText(readout, describe(shown ? pixel : null));
  }

  function pixelAt({ clientX, clientY }: PointerEvent): number {
    const box = canvas.getBoundingClientRect();
    const within = (share: number, count: number) => Math.max(0, Math.min(count - 1, Math.floor(share * count)));
    const row = within((clientY - box.top) / box.height, height);
    return row * width + within((clientX - box.left) / box.width, width);
  }

  frame.addEventListener("pointerdown", (event) => {
    if (!shown || pressed !== null || event.button !== 0) return;
    frame.setPointerCapture(event.pointerId);
    pressed = event.pointerId;
    const pixel = pixelAt(event);
    paint([pixel], true);
    point(pixel);
  });
  frame.addEventListener("pointermove", (event) => {
    const pixel = pixelAt(event);
    if (pixel === at) return;
    if (event.pointerId === pressed && at !== null) paint(line(at, pixel, size), false);
    if (pressed === null || event.pointerId === pressed) point(pixel);
  });
  frame.addEventListener("lostpointercapture", (event) => {
    if (event.pointerId === pressed) pressed = null;
  });
  frame.addEventListener("pointerleave", () => {
    if (pressed === null && document.activeElement !== frame) point(null);
  });
  frame.addEventListener("focus", () => {
    readout.setAttribute("aria-live", "polite"); // while the keys are in use, not whenever the mouse passes
    if (at === null) point(Math.floor(height / 2) * width + Math.floor(width / 2));
  });
  frame.addEventListener("blur", () => {
    readout.removeAttribute("aria-live");
    point(null);
  });
  frame.addEventListener("keydown", (event) => {
    if (!shown || event.ctrlKey || event.metaKey || event.altKey) return;
    const move = ARROWS[event.key];
    const pixel = at ?? 0;
    if (event.key === " " || event.key === "Enter") paint([pixel], true);
    else if (!move) return;
    event.preventDefault(); // no scrolling
    const row = Math.max(0, Math.min(height - 1, Math.floor(pixel / width) + (move?.[0] ?? 0)));
    const column = Math.max(0, Math.min(width - 1, (pixel % width) + (move?.[1] ?? 0)));
    point(row * width + column);
  });

  return {
    element,
    /** @param picture Ink in 0..1; null shows none, and nothing can be painted. */
    show(picture: Float32Array | null, hatched: readonly number[], name: string) {
      shown = picture;
      repaint();
      marks.setAttribute("d", squares(hatched, size));
      frame.setAttribute("aria-label", name);
      frame.setAttribute("aria-roledescription", say.mind.grid);
      frame.classList.toggle("empty", !picture);
      point(at);
    },
  };
}

/** Two lines to each pixel, each with an edge, so that it can be told from ink and from paper. */
function hatch(): SVGElement {
  const stripes = { d: "M-.1 .6 .6 -.1M-.1 1.1 1.1 -.1M.4 1.1 1.1 .4" };
  const tile = createSvg(
    "pattern",
    { id: "hatch", width: 1, height: 1, patternUnits: "userSpaceOnUse" },
    createSvg("path", { class: "hatch-edge", ...stripes }),
    createSvg("path", { class: "hatch-line", ...stripes }),
  );
  return createSvg("defs", {}, tile);
}
