// The content of the pad, as data; no DOM. Pointer, keyboard, images and links change it, and the
// pad shows it. The page and the element share it, so the same input always gives the same drawing.
import { isFarEnough, snap, type Box, type Point, type Stroke } from "./strokes.ts";

/** How many steps back undo goes. Limited because an image takes up to 4 MB. */
export const UNDO_LIMIT = 50;

/** The pixels that the model reads: strokes of any colour on transparency, or an image as it is. */
export interface Ink {
  readonly context: CanvasRenderingContext2D;
  /** The part of the canvas that contains all of it. The rest is transparent, or off the canvas. */
  readonly box: Box;
}

/** An image on the pad, instead of strokes. */
export interface PadImage {
  /** For the model; missing if it gets the image in another way. */
  readonly ink?: Ink;
  /** Paint it on a blank square canvas. */
  paint(context: CanvasRenderingContext2D, side: number): void;
}

/** Strokes or one image. Drawing on an image starts a new drawing; undo brings the image back. */
export type Sheet<P extends PadImage> = readonly Stroke[] | P;

export const BLANK: readonly Stroke[] = [];

const isImage = <P extends PadImage>(sheet: Sheet<P>): sheet is P => "paint" in sheet;

/**
 * @param from Only the stroke in progress has changed, from the point with this index on. Null:
 * anything may have changed.
 */
export type DrawingListener = (from: number | null) => void;

export class Drawing<P extends PadImage = PadImage> {
  /** False for models that read photos: strokes are then ignored. */
  takesStrokes = true;
  #sheet: Sheet<P> = BLANK;
  #past: Sheet<P>[] = [];
  #current: Point[] | null = null;
  readonly #listeners: DrawingListener[] = [];

  /** The stroke in progress. */
  get current(): Stroke | null {
    return this.#current;
  }

  /** Null while a stroke is being drawn over it. */
  get image(): P | null {
    return !this.#current && isImage(this.#sheet) ? this.#sheet : null;
  }

  /** Includes the stroke in progress. */
  get strokes(): readonly Stroke[] {
    const finished = isImage(this.#sheet) ? BLANK : this.#sheet;
    return this.#current ? [...finished, this.#current] : finished;
  }

  get isBlank(): boolean {
    return !this.image && !this.strokes.length;
  }

  get canUndo(): boolean {
    return this.#current !== null || this.#past.length > 0;
  }

  /** Start a stroke. One that is in progress ends. */
  down(points: readonly Point[]): void {
    this.up();
    if (!this.takesStrokes) return;
    this.#current = [];
    this.move(points);
  }

  /** Continue the stroke in progress; without one, nothing happens. */
  move(points: readonly Point[]): void {
    const stroke = this.#current;
    if (!stroke) return;
    const from = stroke.length;
    for (const point of points.map(snap)) {
      if (isFarEnough(point, stroke.at(-1))) stroke.push(point);
    }
    if (stroke.length > from) this.#notify(from);
  }

  up(): void {
    const { strokes } = this;
    if (!this.#current) return;
    this.#current = null;
    this.put(strokes);
  }

  /** Show another sheet; undo goes back to the one before. A stroke in progress ends first. */
  put(sheet: Sheet<P>): void {
    this.up();
    this.#past = [...this.#past, this.#sheet].slice(-UNDO_LIMIT);
    this.replace(sheet);
  }

  /** Show another sheet, without a step for undo. A stroke in progress is dropped. */
  replace(sheet: Sheet<P>): void {
    this.#current = null;
    this.#sheet = sheet;
    this.#notify(null);
  }

  /** Takes back a stroke in progress, too. */
  undo(): void {
    this.up();
    const before = this.#past.pop();
    if (before) this.replace(before);
  }

  clear(): void {
    this.up();
    if (!this.isBlank) this.put(BLANK);
  }

  /** Listeners are called after each change, in the order in which they subscribed. */
  watch(listener: DrawingListener): void {
    this.#listeners.push(listener);
  }

  #notify(from: number | null): void {
    for (const listener of this.#listeners) listener(from);
  }
}
