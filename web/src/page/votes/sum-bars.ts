// Bars on one scale of scores: of a product's pieces, or plain.
import { onThemeChange, paintValues, weightRamp } from "../colours.ts";
import { context2d, create } from "../dom.ts";
import { columnsOf, type Sliver } from "./slivers.ts";

/** Width of a bar's canvas, which is stretched to its length. */
const COLUMNS = 512;

/** A score's place on the scale, from 0 at the left end to 1. */
export type PlaceOf = (score: number) => number;

/** Tell the style sheet where a bar begins, and how long it is. */
function lay({ style }: HTMLElement, placeOf: PlaceOf, from: number, to: number): void {
  style.setProperty("--from", String(placeOf(Math.min(from, to))));
  style.setProperty("--length", String(Math.abs(placeOf(to) - placeOf(from))));
}

export function createBar(name: string) {
  const bar = create("span", `sum-bar ${name}`);
  const track = create("div", "sum-track", create("span", "sum-zero"), bar);
  return {
    track,
    bar,
    show(placeOf: PlaceOf, from: number, to: number) {
      track.style.setProperty("--zero", String(placeOf(0)));
      lay(bar, placeOf, from, to);
    },
  };
}

/** A bar in which every product is a piece in its pixel's colour. */
export function createProductBar(name: string) {
  const plain = createBar(name);
  const { track, bar } = plain;
  const canvas = create("canvas", "");
  canvas.width = COLUMNS;
  canvas.height = 1;
  const context = context2d(canvas);
  const mark = create("span", "sum-piece");
  bar.append(canvas);
  track.append(mark);
  let colours: ArrayLike<number> = [];
  let place: PlaceOf = (score) => score;
  let pieces: readonly Sliver[] = [];
  const paint = () => {
    paintValues(context, colours, weightRamp(), -1);
  };
  onThemeChange(canvas, paint);
  return {
    track,
    /**
     * @param from Where the pieces begin.
     * @param most The product of the strongest colour.
     */
    show(placeOf: PlaceOf, from: number, slivers: readonly Sliver[], products: Float64Array, most: number) {
      [place, pieces] = [placeOf, slivers];
      plain.show(placeOf, from, slivers.at(-1)?.to ?? from);
      colours = columnsOf(slivers, products, COLUMNS).map((value) => value / (most || 1));
      paint();
    },
    /** Mark the piece of a pixel; null: none. */
    point(pixel: number | null) {
      const piece = pieces.find((sliver) => sliver.pixel === pixel);
      mark.hidden = !piece;
      if (piece) lay(mark, place, piece.from, piece.to);
    },
  };
}
