// What lies on the pad, as data: no elements here. The inputs (pointer, keyboard, images, links) change it, the pad shows it.
import type { Placed } from "../state.ts";
import { remember } from "../../pad/past.ts";
import { isNews, snap, type Point, type Stroke } from "../../pad/strokes.ts";

/** What lies on the pad: strokes, or one picture. A stroke on a picture starts a drawing of its own; undo brings it back. */
export type Sheet =
  | { readonly kind: "strokes"; readonly strokes: readonly Stroke[] }
  /** An image of the visitor's own, on a canvas of its own. It goes through the same steps as a drawing. */
  | { readonly kind: "image"; readonly context: CanvasRenderingContext2D }
  /** An image of the data set. */
  | { readonly kind: "placed"; readonly placed: Placed };

export const BLANK: Sheet = { kind: "strokes", strokes: [] };

export const isBlank = (sheet: Sheet): boolean => sheet.kind === "strokes" && sheet.strokes.length === 0;

/** What has changed: the whole sheet, or the stroke under way from its point number `from` on. */
export type Change = { readonly kind: "sheet" } | { readonly kind: "stroke"; readonly from: number };

export class Drawing {
  /** Whether a pen may be set down: not where the model reads photos. */
  takesStrokes = true;
  #sheet: Sheet = BLANK;
  #past: readonly Sheet[] = [];
  #current: Point[] | null = null;
  readonly #listeners: ((change: Change) => void)[] = [];

  get sheet(): Sheet {
    return this.#sheet;
  }

  /** The stroke under way. */
  get current(): Stroke | null {
    return this.#current;
  }

  /** All strokes, the one under way included; a picture under it has made way. */
  get strokes(): readonly Stroke[] {
    const settled = this.#sheet.kind === "strokes" ? this.#sheet.strokes : [];
    return this.#current ? [...settled, this.#current] : settled;
  }

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  /** Start a stroke; one that is under way ends. */
  down(point: Point): void {
    this.up();
    if (!this.takesStrokes) return;
    this.#current = [];
    if (this.#sheet.kind !== "strokes") this.#tell({ kind: "sheet" });
    this.move([point]);
  }

  /** Bring the stroke on; without one nothing happens. */
  move(points: readonly Point[]): void {
    if (!this.#current) return;
    const from = this.#current.length;
    for (const point of points.map(snap)) {
      if (isNews(this.#current.at(-1), point)) this.#current.push(point);
    }
    if (this.#current.length > from) this.#tell({ kind: "stroke", from });
  }

  up(): void {
    if (!this.#current) return;
    const { strokes } = this;
    this.#current = null;
    this.put({ kind: "strokes", strokes });
  }

  /** Lay down another sheet; undo goes back to the one before. A stroke under way ends first. */
  put(sheet: Sheet): void {
    this.up();
    this.#past = remember(this.#past, this.#sheet);
    this.replace(sheet);
  }

  /** Lay down another sheet, as if the one before had never been. */
  replace(sheet: Sheet): void {
    this.#current = null;
    this.#sheet = sheet;
    this.#tell({ kind: "sheet" });
  }

  /** Also of a stroke under way. */
  undo(): void {
    this.up();
    const before = this.#past.at(-1);
    if (!before) return;
    this.#past = this.#past.slice(0, -1);
    this.replace(before);
  }

  clear(): void {
    this.up();
    if (!isBlank(this.#sheet)) this.put(BLANK);
  }

  /** Called after each change, in the order of subscription. */
  watch(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}
