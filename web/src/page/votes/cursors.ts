// One cursor on several images of the same pixels, for the pointer, a finger and the arrow keys.
import { ARROWS, create } from "../dom.ts";
import { say } from "../language.ts";
import type { Size } from "../pixels.ts";

export interface Reading {
  /** The pixel at which the arrow keys start. */
  readonly start: () => number;
  readonly point: (pixel: number | null) => void;
  readonly read: (isByKey: boolean) => void;
}

/**
 * It follows the pointer on any of the images, and the arrow keys on the last one.
 *
 * @returns A function to call when what lies under the cursor has changed.
 */
export function createCursors({ height, width }: Size, frames: readonly HTMLElement[], reading: Reading): () => void {
  let pixel: number | null = null;
  const cursors = frames.map((frame) => createCursor(frame, { height, width }));
  const point = (at: number | null) => {
    pixel = at;
    for (const move of cursors) move(at);
    reading.point(at);
  };
  const within = (at: number, count: number) => Math.max(0, Math.min(count - 1, Math.floor(at)));
  const keys = frames.at(-1)!;
  for (const frame of frames) {
    const follow = (event: PointerEvent) => {
      const box = frame.getBoundingClientRect();
      const row = within(((event.clientY - box.top) / box.height) * height, height);
      point(row * width + within(((event.clientX - box.left) / box.width) * width, width));
    };
    frame.addEventListener("pointerdown", follow);
    frame.addEventListener("pointermove", follow);
    frame.addEventListener("pointerleave", (event) => {
      // A finger leaves when it is lifted: its pixel stays readable.
      if (event.pointerType === "mouse" && document.activeElement !== keys) point(null);
    });
  }
  keys.tabIndex = 0;
  keys.setAttribute("role", "application");
  keys.setAttribute("aria-roledescription", say.why.picture);
  keys.addEventListener("focus", () => {
    reading.read(true);
    if (pixel === null) point(reading.start());
  });
  keys.addEventListener("blur", () => {
    reading.read(false);
    point(null);
  });
  keys.addEventListener("keydown", (event) => {
    const move = ARROWS[event.key];
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault(); // no scrolling
    const at = pixel ?? 0;
    point(within(at / width + move[0], height) * width + within((at % width) + move[1], width));
  });
  return () => {
    point(pixel);
  };
}

/** @returns A function that moves it to a pixel; null hides it. */
function createCursor(frame: HTMLElement, { height, width }: Size): (at: number | null) => void {
  const cursor = create("div", "pixel-cursor");
  const { style } = cursor;
  cursor.hidden = true;
  style.width = `${100 / width}%`;
  style.height = `${100 / height}%`;
  frame.append(cursor);
  return (at) => {
    cursor.hidden = at === null;
    if (at === null) return;
    style.left = `${(100 * (at % width)) / width}%`;
    style.top = `${(100 * Math.floor(at / width)) / height}%`;
  };
}
