// Draw: the pad with its undo and clear buttons. Publishes `ink` and `drawing`.
import { onThemeChange } from "../colours.ts";
import { context2d, create, find } from "../dom.ts";
import type { Store } from "../state.ts";
import { boxOf, paintStroke, type Point, type Stroke } from "./strokes.ts";

/** Side of the canvas that the model reads, in pixels: fine enough for 28 × 28, quick to read, the same on every screen. */
const INK_SIDE = 280;
/** Width of a stroke as a share of the pad's side: a digit that fills the pad is then about as bold as a MNIST digit. */
const PEN_WIDTH = 0.08;

export function mountPad(root: ParentNode, store: Store): void {
  const pad = find(root, ".pad");
  const canvas = find(pad, "canvas", HTMLCanvasElement);
  const undo = find(root, ".undo");
  const clear = find(root, ".clear");
  const screen = context2d(canvas);
  const inkCanvas = create("canvas", "");
  inkCanvas.width = inkCanvas.height = INK_SIDE;
  const ink = context2d(inkCanvas, { willReadFrequently: true });

  let strokes: readonly Stroke[] = [];
  /** Earlier drawings, for undo; clearing can be undone too. */
  let past: readonly (readonly Stroke[])[] = [];
  let current: { readonly pointer: number; readonly points: Point[] } | null = null;

  const everywhere = (paint: (context: CanvasRenderingContext2D, side: number) => void) => {
    paint(screen, canvas.width);
    paint(ink, INK_SIDE);
  };

  function publish(): void {
    const all = current ? [...strokes, current.points] : strokes;
    const blank = all.length === 0;
    const box = boxOf(all, INK_SIDE);
    pad.classList.toggle("used", !blank);
    // Not `disabled`: a button that is pressed and then disabled would lose the keyboard's focus.
    undo.setAttribute("aria-disabled", String(past.length === 0));
    clear.setAttribute("aria-disabled", String(blank));
    store.update({ ink: box && { context: ink, box }, drawing: current !== null });
  }

  function repaint(): void {
    const { color } = getComputedStyle(canvas);
    screen.fillStyle = screen.strokeStyle = color;
    everywhere((context, side) => {
      context.clearRect(0, 0, side, side);
      for (const stroke of strokes) paintStroke(context, stroke, side);
      if (current) paintStroke(context, current.points, side, { ended: false });
    });
  }

  function show(drawing: readonly Stroke[]): void {
    strokes = drawing;
    repaint();
    publish();
  }

  function toPoint(event: PointerEvent, box: DOMRect): Point {
    // Only a pen knows pressure; the others report a constant.
    const force = event.pointerType === "pen" ? 0.5 + event.pressure : 1;
    return {
      x: (event.clientX - box.left) / box.width,
      y: (event.clientY - box.top) / box.height,
      width: PEN_WIDTH * force,
    };
  }

  function extend(events: readonly PointerEvent[]): void {
    if (!current) return;
    const { points } = current;
    const from = points.length;
    const box = canvas.getBoundingClientRect();
    points.push(...events.map((event) => toPoint(event, box)));
    everywhere((context, side) => {
      paintStroke(context, points, side, { from, ended: false });
    });
    publish();
  }

  function end(event: PointerEvent): void {
    if (event.pointerId !== current?.pointer) return;
    const { points } = current;
    everywhere((context, side) => {
      paintStroke(context, points, side, { from: points.length });
    });
    past = [...past, strokes];
    strokes = [...strokes, points];
    current = null;
    publish();
  }

  canvas.addEventListener("pointerdown", (event) => {
    // One stroke at a time: a second finger or a resting palm draws nothing.
    if (current || event.button !== 0) return;
    event.preventDefault(); // no text selection, no drag
    canvas.setPointerCapture(event.pointerId);
    current = { pointer: event.pointerId, points: [] };
    extend([event]);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== current?.pointer) return;
    // Missing in older Safari and on plain http.
    const coalesced = "getCoalescedEvents" in event ? event.getCoalescedEvents() : [];
    extend(coalesced.length > 0 ? coalesced : [event]);
  });
  canvas.addEventListener("lostpointercapture", end); // comes after pointerup and pointercancel alike

  function stepBack(): void {
    const drawing = past.at(-1);
    if (!drawing || current) return;
    past = past.slice(0, -1);
    show(drawing);
  }
  undo.addEventListener("click", stepBack);
  clear.addEventListener("click", () => {
    if (strokes.length === 0 || current) return;
    past = [...past, strokes];
    show([]);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    stepBack();
  });

  // The pad fits the screen's own pixels, also after zooming or turning the device.
  new ResizeObserver(() => {
    const side = Math.round(canvas.clientWidth * devicePixelRatio);
    if (side === canvas.width) return;
    canvas.width = canvas.height = side;
    repaint();
  }).observe(canvas);
  onThemeChange(repaint);
  publish();
}
