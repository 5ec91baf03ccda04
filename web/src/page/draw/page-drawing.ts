// The drawing of the page's pad: it also holds the sample that the page draws until somebody else
// does.
import { BLANK, Drawing, type PadImage, type Sheet } from "../../pad/drawing.ts";
import type { Point, Stroke } from "../../pad/strokes.ts";
import type { Placed } from "../state.ts";

/** Strokes shorter than that are no drawing yet: a share of the pad's side. */
const LEAST = 0.2;

/** The visitor's own image, or one of the data set. */
type PageImage = PadImage & { readonly placed?: Placed };

export class PageDrawing extends Drawing<PageImage> {
  #sample: "coming" | "there" | null = null;

  /**
   * State of the page's sample: on the pad, or still being drawn there; null if the visitor has
   * drawn.
   */
  get sample(): "coming" | "there" | null {
    return this.#sample;
  }

  /** True if there is enough on the pad for an answer to be worth giving. */
  get suffices(): boolean {
    let length = this.image ? Infinity : 0;
    for (const stroke of this.strokes) {
      // Stop at enough: this runs in every frame.
      for (let at = 1; at < stroke.length && length <= LEAST; at++) {
        const [from, to] = [stroke[at - 1]!, stroke[at]!];
        length += Math.hypot(to.x - from.x, to.y - from.y);
      }
    }
    return length > LEAST;
  }

  /** Show so much of the sample. It is no step of undo, and gives way to what is drawn. */
  showSample(strokes: readonly Stroke[], sample: "coming" | "there"): void {
    this.#sample = sample;
    super.replace(strokes);
  }

  endSample(): void {
    if (this.#sample !== null) this.replace(BLANK);
  }

  override down(points: readonly Point[]): void {
    this.endSample();
    super.down(points);
  }

  override put(sheet: Sheet<PageImage>): void {
    if (this.#sample === "coming") this.endSample(); // else undo brings it back, as the visitor's own
    if (!this.isBlank || sheet !== BLANK) super.put(sheet);
  }

  override replace(sheet: Sheet<PageImage>): void {
    this.#sample = null;
    super.replace(sheet);
  }
}
