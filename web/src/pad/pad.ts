// The pad's canvas: a pointer draws on it, and it shows the drawing. Both the page and the element
// have one.
import type { Pixels } from "../runtime/types.ts";
import type { Drawing, Ink } from "./drawing.ts";
import { boxOf, paintShape, paintStroke, PEN_WIDTH } from "./strokes.ts";

/**
 * Side in pixels of the canvas that the model reads: fine enough for its input, quick to read, the
 * same on every screen.
 */
export const INK_SIDE = 280;

export const pixelsOf = ({ context, box }: Ink): Pixels =>
  context.getImageData(box.x, box.y, box.width, box.height);

export interface Pad {
  /** Null if there is nothing to read. */
  readonly ink: Ink | null;
  readonly repaint: () => void;
}

export function createPad(canvas: HTMLCanvasElement, drawing: Drawing): Pad {
  const inkCanvas = document.createElement("canvas");
  inkCanvas.width = inkCanvas.height = INK_SIDE;
  // Contexts are created when first needed: each takes some milliseconds, which a page that is
  // still loading cannot spare.
  const inkContext = () => inkCanvas.getContext("2d", { willReadFrequently: true })!;
  /**
   * The model's strokes are painted piece by piece, the same ones for any hand; the screen's, when
   * they end, as whole shapes.
   */
  const repaint = (from: number | null = null) => {
    const { current, image, strokes } = drawing;
    const [screen, ink, side] = [canvas.getContext("2d")!, inkContext(), canvas.width];
    // The first point needs the stroke's colour, and that of the first stroke replaces an image.
    if (!from) {
      for (const context of [screen, ink]) context.lineCap = context.lineJoin = "round";
      screen.fillStyle = screen.strokeStyle = getComputedStyle(canvas).color;
    }
    const isMore = from !== null && from + strokes.length > 1;
    if (!isMore) {
      ink.clearRect(0, 0, INK_SIDE, INK_SIDE);
      screen.clearRect(0, 0, side, side);
    }
    screen.scale(side, side);
    for (const stroke of isMore ? [current!] : strokes) {
      const isEnded = stroke !== current;
      paintStroke(ink, stroke, INK_SIDE, from ?? 0, isEnded);
      if (isEnded) paintShape(screen, stroke);
      else paintStroke(screen, stroke, 1, from ?? 0, false);
    }
    screen.resetTransform();
    image?.paint(screen, side);
  };
  drawing.watch(repaint);
  // Matches the screen's own pixels, also after zooming or turning the device.
  const fit = () => {
    const side = Math.round(canvas.clientWidth * devicePixelRatio);
    if (side === canvas.width) return;
    canvas.width = canvas.height = side;
    if (!drawing.isBlank) repaint();
  };
  // In the next frame: WebKit takes it for a resize that goes on, and reports that.
  new ResizeObserver(() => requestAnimationFrame(fit)).observe(canvas);
  followPointer(canvas, drawing);
  return {
    get ink() {
      const { image, strokes, takesStrokes } = drawing;
      if (image) return image.ink ?? null;
      const box = takesStrokes ? boxOf(strokes, INK_SIDE) : null;
      return box && { context: inkContext(), box };
    },
    repaint,
  };
}

/** Let a finger, a pen or a mouse draw on the canvas. */
function followPointer(canvas: HTMLCanvasElement, drawing: Drawing): void {
  let pointer: number | null = null; // the one that draws

  const pointsOf = (event: PointerEvent) => {
    const box = canvas.getBoundingClientRect();
    // Missing in older Safari and on plain http.
    const coalesced = "getCoalescedEvents" in event ? event.getCoalescedEvents() : [];
    return (coalesced.length > 0 ? coalesced : [event]).map(
      ({ clientX, clientY, pointerType, pressure }) => ({
        x: (clientX - box.left) / box.width,
        y: (clientY - box.top) / box.height,
        // Only a pen has pressure; the others report a constant.
        width: PEN_WIDTH * (pointerType === "pen" ? 0.5 + pressure : 1),
      }),
    );
  };
  canvas.onpointerdown = (event) => {
    // One stroke at a time: a second finger or a resting palm draws nothing.
    if (pointer !== null || event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    pointer = event.pointerId;
    drawing.down(pointsOf(event));
  };
  canvas.onpointermove = (event) => {
    if (event.pointerId === pointer) drawing.move(pointsOf(event));
  };
  // Follows pointerup and pointercancel alike.
  canvas.onlostpointercapture = (event) => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    drawing.up();
  };
  // A stroke selects no text and is not a gesture: there is no magnifying glass or long press, and
  // a tap on a button right after it still counts. The page keeps the focus: people who draw with
  // the mouse scroll with the arrow keys.
  canvas.ontouchstart = canvas.onmousedown = (event: Event) => {
    if (drawing.takesStrokes) event.preventDefault();
  };
}
