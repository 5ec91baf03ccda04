// Drawing with a finger, a pen or a mouse.
import { find } from "../dom.ts";
import type { Drawing } from "./drawing.ts";
import { PEN_WIDTH, type Point } from "../../pad/strokes.ts";

export function mountPointer(root: ParentNode, drawing: Drawing): void {
  const canvas = find(root, ".pad-canvas", HTMLCanvasElement);
  let drawer: number | null = null; // the pointer that draws

  function toPoint(event: PointerEvent, box: DOMRect): Point {
    // Only a pen knows pressure; the others report a constant.
    const force = event.pointerType === "pen" ? 0.5 + event.pressure : 1;
    return {
      x: (event.clientX - box.left) / box.width,
      y: (event.clientY - box.top) / box.height,
      width: PEN_WIDTH * force,
    };
  }

  canvas.addEventListener("pointerdown", (event) => {
    // One stroke at a time: a second finger or a resting palm draws nothing.
    if (!drawing.takesStrokes || drawer !== null || event.button !== 0) return;
    event.preventDefault(); // no text selection, no drag
    canvas.setPointerCapture(event.pointerId);
    drawer = event.pointerId;
    drawing.down(toPoint(event, canvas.getBoundingClientRect()));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== drawer) return;
    // Missing in older Safari and on plain http.
    const coalesced = "getCoalescedEvents" in event ? event.getCoalescedEvents() : [];
    const box = canvas.getBoundingClientRect();
    drawing.move((coalesced.length > 0 ? coalesced : [event]).map((each) => toPoint(each, box)));
  });
  // Comes after pointerup and pointercancel alike.
  canvas.addEventListener("lostpointercapture", (event) => {
    if (event.pointerId !== drawer) return;
    drawer = null;
    drawing.up();
  });
  // A stroke is no gesture: no magnifying glass or long press, and a tap on a button right after it still counts.
  canvas.addEventListener(
    "touchstart",
    (event) => {
      if (drawing.takesStrokes) event.preventDefault();
    },
    { passive: false },
  );
  // The pad takes the focus from the keyboard only: whoever draws with the mouse scrolls with the arrow keys.
  canvas.addEventListener("mousedown", (event) => {
    event.preventDefault();
  });
}
