// On a phone a finger that passes over the pad scrolls the page: the pad is no trap. It draws from
// the first tap or sideways stroke on, until something outside the element is touched.
import type { Drawing } from "../pad/drawing.ts";

/** CSS pixels that a finger may move during a tap. */
const TAP = 9;

/** The parts of an element that it works on. */
interface Touched {
  readonly canvas: HTMLCanvasElement;
  readonly drawing: Drawing;
  readonly root: HTMLElement;
}

/**
 * While the pad is not engaged, what a finger does is held back until it is known to be a stroke, a
 * tap or a scroll. While it is, its canvas has the class `engaged`. A touch elsewhere in the
 * element leaves it so.
 */
export function engageByTouch({ canvas, drawing, root }: Touched): void {
  const { classList, onpointerdown, onpointermove } = canvas;
  let held: PointerEvent[] = [];
  const isEngaged = () => classList.contains("engaged");
  const leave = (event: Event): void => {
    if (event.composedPath().includes(root)) return;
    classList.remove("engaged");
    // none is left behind when the element goes
    document.removeEventListener("pointerdown", leave, true);
  };
  const engage = (): void => {
    classList.add("engaged");
    document.addEventListener("pointerdown", leave, true);
  };
  if (!drawing.isBlank) engage(); // somebody was quicker than this part
  canvas.onpointerdown = (event) => {
    // A palm that rests on the pad while something draws holds nothing up.
    if (event.pointerType === "touch" && !isEngaged() && !drawing.current) held = [event];
    else onpointerdown!.call(canvas, event);
  };
  canvas.onpointermove = canvas.onpointerup = (event) => {
    const [first] = held;
    if (event.pointerId !== first?.pointerId) {
      if (event.type === "pointermove") onpointermove!.call(canvas, event);
      return;
    }
    held.push(event);
    const [across, down] = [
      Math.abs(event.clientX - first.clientX),
      Math.abs(event.clientY - first.clientY),
    ];
    const isStroke = Math.max(across, down) > TAP;
    // The browser takes what goes up or down, and cancels it.
    if (event.type === "pointermove" && !(isStroke && across > down)) return;
    engage();
    const events = held;
    held = [];
    if (!isStroke) return; // a tap leaves no dot
    onpointerdown!.call(canvas, first);
    for (const move of events) onpointermove!.call(canvas, move);
  };
  canvas.onpointercancel = () => {
    held = [];
  };
  // A stroke selects no text and is not a gesture: see pad.ts.
  canvas.ontouchstart = (event) => {
    if (isEngaged() && drawing.takesStrokes) event.preventDefault();
  };
}
