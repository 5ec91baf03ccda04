// The element's pad: the pen's ways become strokes, strokes become pixels. A picture may lie on it in their place.
import { remember } from "../pad/past.ts";
import { boxOf, paintStroke, PEN_WIDTH, type Point, type Stroke } from "../pad/strokes.ts";
import type { Pixels } from "../runtime/types.ts";
import { create } from "./dom.ts";

/** Side of the canvas that the model reads, in pixels: fine enough for its pictures, quick to read, the same everywhere. */
const INK_SIDE = 280;

/** A picture that lies on the pad. */
export interface Laid {
  readonly pixels: Pixels;
  /** In the middle of a square. */
  paint(context: CanvasRenderingContext2D, side: number): void;
}

/** What lies on the pad: strokes, or a picture. A stroke on a picture starts a drawing of its own. */
type Sheet = readonly Stroke[] | Laid;

export class Pad {
  readonly canvas = create("canvas", "canvas");
  readonly #inkCanvas = create("canvas");
  readonly #changed: () => void;
  /** Where the model takes photos, nothing is drawn: the pad is pressed to choose one. */
  choose: (() => void) | null = null;
  #sheet: Sheet = [];
  /** What lay here before, for undo; clearing can be undone too. */
  #past: readonly Sheet[] = [];
  #current: Point[] | null = null;
  #pointer: number | null = null;

  /** @param changed Called after each change of the drawing. */
  constructor(changed: () => void) {
    this.#changed = changed;
    this.#inkCanvas.width = this.#inkCanvas.height = INK_SIDE;
    const { canvas } = this;
    canvas.tabIndex = 0;
    canvas.onpointerdown = (event) => {
      // One stroke at a time: a second finger or a resting palm draws nothing.
      if (this.choose || this.#current || event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.#pointer = event.pointerId;
      this.begin();
      this.#follow([event]);
    };
    canvas.onpointermove = (event) => {
      if (event.pointerId !== this.#pointer) return;
      // Missing in older Safari and on plain http.
      const coalesced = "getCoalescedEvents" in event ? event.getCoalescedEvents() : [];
      this.#follow(coalesced.length > 0 ? coalesced : [event]);
    };
    // Comes after pointerup and pointercancel alike.
    canvas.onlostpointercapture = (event) => {
      if (event.pointerId === this.#pointer) this.lift();
    };
    // No text is selected, and the page keeps the focus: whoever draws with the mouse scrolls with the arrow keys.
    canvas.onmousedown = (event) => {
      event.preventDefault();
    };
    canvas.onclick = () => {
      this.choose?.();
    };
    canvas.onblur = () => {
      if (!this.held) this.lift();
    };
    // The pad fits the screen's own pixels, also after zooming or turning the device.
    new ResizeObserver(() => {
      const side = Math.round(canvas.clientWidth * devicePixelRatio);
      if (side === canvas.width) return;
      canvas.width = canvas.height = side;
      if (!this.blank) this.repaint();
    }).observe(canvas);
  }

  // The first use of each takes a browser some milliseconds, which a page that is being loaded has not: `repaint` is called
  // at rest.
  get #screen(): CanvasRenderingContext2D {
    return this.canvas.getContext("2d")!;
  }
  get #ink(): CanvasRenderingContext2D {
    return this.#inkCanvas.getContext("2d", { willReadFrequently: true })!;
  }

  /** Whether the pen is down. */
  get drawing(): boolean {
    return this.#current !== null;
  }

  /** Whether a pointer draws. */
  get held(): boolean {
    return this.#pointer !== null;
  }

  get blank(): boolean {
    return !this.#photo && !this.drawn;
  }

  /** Whether there are strokes. */
  get drawn(): boolean {
    return this.#all().length > 0;
  }

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  /** What is drawn, or the picture; null where there is nothing to read. */
  pixels(): Pixels | null {
    const photo = this.#photo;
    if (photo) return photo.pixels;
    const box = this.choose ? null : boxOf(this.#all(), INK_SIDE); // strokes are no photo
    return box && this.#ink.getImageData(box.x, box.y, box.width, box.height);
  }

  undo(): void {
    this.lift();
    const before = this.#past.at(-1);
    if (!before) return;
    this.#past = this.#past.slice(0, -1);
    this.#show(before);
  }

  clear(): void {
    this.lift();
    if (!this.blank) this.lay([]);
  }

  /** Put strokes, or a picture, in the place of what lies here. */
  lay(sheet: Sheet): void {
    this.lift();
    this.#past = remember(this.#past, this.#sheet);
    this.#show(sheet);
  }

  repaint(): void {
    const screen = this.#screen;
    screen.fillStyle = screen.strokeStyle = getComputedStyle(this.canvas).color;
    this.#paint((context, side) => {
      context.clearRect(0, 0, side, side);
      for (const stroke of this.#all()) paintStroke(context, stroke, side, { ended: stroke !== this.#current });
    });
    this.#photo?.paint(screen, this.canvas.width);
  }

  get #photo(): Laid | null {
    return "pixels" in this.#sheet && !this.#current ? this.#sheet : null;
  }

  #all(): readonly Stroke[] {
    const strokes = "pixels" in this.#sheet ? [] : this.#sheet;
    return this.#current ? [...strokes, this.#current] : strokes;
  }

  /** Set the pen down. */
  begin(): void {
    const fresh = this.#photo !== null || this.blank;
    this.#current = [];
    if (fresh) this.repaint(); // a photo makes way; a pad that was never painted has no colour
  }

  #show(sheet: Sheet): void {
    this.#sheet = sheet;
    this.repaint();
    this.#changed();
  }

  #paint(paint: (context: CanvasRenderingContext2D, side: number) => void): void {
    paint(this.#screen, this.canvas.width);
    paint(this.#ink, INK_SIDE);
  }

  #follow(events: readonly PointerEvent[]): void {
    const box = this.canvas.getBoundingClientRect();
    this.extend(
      events.map((event) => ({
        x: (event.clientX - box.left) / box.width,
        y: (event.clientY - box.top) / box.height,
        // Only a pen knows pressure; the others report a constant.
        width: PEN_WIDTH * (event.pointerType === "pen" ? 0.5 + event.pressure : 1),
      })),
    );
  }

  extend(points: readonly Point[]): void {
    const stroke = this.#current;
    if (!stroke) return;
    const from = stroke.length;
    stroke.push(...points);
    this.#paint((context, side) => {
      paintStroke(context, stroke, side, { from, ended: false });
    });
    this.#changed();
  }

  lift(): void {
    const stroke = this.#current;
    if (!stroke) return;
    this.#paint((context, side) => {
      paintStroke(context, stroke, side, { from: stroke.length });
    });
    this.#past = remember(this.#past, this.#sheet);
    this.#sheet = this.#all();
    this.#current = this.#pointer = null;
    this.#changed();
  }
}
