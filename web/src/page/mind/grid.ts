// The model's picture, large: pixels are hatched on it, pointed at, and erased by a pointer or by
// keys.
import { ARROWS, create, createSvg, setText } from "../dom.ts";
import { say } from "../language.ts";
import { createPixels, type Size } from "../pixels.ts";
import { line, squares } from "./brush.ts";

interface GridEvents {
  /** @param isNew A new line begins; otherwise it goes on. */
  readonly paint: (pixels: readonly number[], isNew: boolean) => void;
  /** Text below the grid for a pixel; null: for none in particular. */
  readonly describe: (pixel: number | null) => string;
}

export function createGrid(size: Size, { paint, describe }: GridEvents) {
  const { width, height } = size;
  const { frame, show } = createPixels("ink");
  const hatched = createSvg("path", { class: "hatched", fill: "url(#hatch)" });
  const gone = createSvg("path", { class: "gone" });
  const view = { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" };
  const overlay = createSvg("svg", view, hatch(), gone, hatched);
  const cursor = create("div", "pixel-cursor");
  frame.classList.add("mind-frame");
  frame.append(overlay, cursor);
  frame.tabIndex = 0;
  frame.setAttribute("role", "application");
  frame.setAttribute("aria-label", say.mind.gridName);
  frame.setAttribute("aria-roledescription", say.votes.picture);
  const readout = create("p", "mind-readout note");
  const element = create("div", "mind-picture", frame, readout);
  let isOn = false; // pixels can be erased
  let at: number | null = null;
  let pressed: number | null = null; // the pointer that paints

  function point(pixel: number | null): void {
    at = pixel;
    cursor.hidden = pixel === null || !isOn;
    if (pixel !== null) {
      const { style } = cursor;
      style.left = `${(100 * (pixel % width)) / width}%`;
      style.top = `${(100 * Math.floor(pixel / width)) / height}%`;
      style.width = `${100 / width}%`;
      style.height = `${100 / height}%`;
    }
    setText(readout, describe(isOn ? pixel : null));
  }

  function pixelAt({ clientX, clientY }: PointerEvent): number {
    const box = frame.getBoundingClientRect();
    const within = (share: number, count: number) =>
      Math.max(0, Math.min(count - 1, Math.floor(share * count)));
    const row = within((clientY - box.top) / box.height, height);
    return row * width + within((clientX - box.left) / box.width, width);
  }

  frame.addEventListener("pointerdown", (event) => {
    if (!isOn || pressed !== null || event.button !== 0) return;
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
    // while the keys are in use, not whenever the mouse passes
    readout.setAttribute("aria-live", "polite");
    if (at === null) point(Math.floor(height / 2) * width + Math.floor(width / 2));
  });
  frame.addEventListener("blur", () => {
    readout.removeAttribute("aria-live");
    point(null);
  });
  frame.addEventListener("keydown", (event) => {
    if (!isOn || event.ctrlKey || event.metaKey || event.altKey) return;
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
    /**
     * @param picture Ink in 0..1; null shows none.
     * @param marks Pixels to erase, which are hatched, and those that are; null if none can be
     * erased.
     */
    show(
      picture: Float32Array | null,
      marks: { pixels: readonly number[]; erased: readonly number[] } | null,
    ) {
      show(size, picture ?? [], 1, say.votes.picture);
      isOn = marks !== null;
      const { pixels, erased } = marks ?? { pixels: [], erased: [] };
      hatched.setAttribute("d", squares(pixels, size));
      gone.setAttribute("d", squares(erased, size));
      frame.classList.toggle("empty", !isOn);
      point(at);
    },
  };
}

/** Stripes on paper: a pixel without its ink. */
function hatch(): SVGElement {
  const tile = createSvg(
    "pattern",
    { id: "hatch", width: 1, height: 1, patternUnits: "userSpaceOnUse" },
    createSvg("path", { class: "hatch-paper", d: "M0 0h1v1h-1z" }),
    createSvg("path", { class: "hatch-line", d: "M-.1 .6 .6 -.1M-.1 1.1 1.1 -.1M.4 1.1 1.1 .4" }),
  );
  return createSvg("defs", {}, tile);
}
