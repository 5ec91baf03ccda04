// The pixels of the pad's drawing. The next piece of a stroke changes few of them, and only those
// are read from the canvas: fresh memory for all, in every frame, makes the browser collect garbage
// for longer than a frame lasts.
import type { Drawing, Ink } from "../../pad/drawing.ts";
import { INK_SIDE, pixelsOf } from "../../pad/pad.ts";
import { boxOf, MARGIN, type Box } from "../../pad/strokes.ts";
import type { Pixels } from "../../runtime/types.ts";

const PITCH = INK_SIDE + 2 * MARGIN; // boxes lie in the canvas and its margin

/**
 * @returns A function like `pixelsOf`, for what `drawing` has on the pad. Its next call may write
 * over the result.
 */
export function keepPixels(drawing: Drawing): (ink: Ink) => Pixels {
  const [kept, lent] = [new Int32Array(PITCH ** 2), new Int32Array(PITCH ** 2)]; // a pixel each
  let since = 0; // the first point of the stroke in progress that is not in `kept`; 0: anything may have changed
  drawing.watch((from) => {
    since = Math.min(since, from ?? 0);
  });

  /** Copy a part of the pad between `kept` and its own pixels, row by row. */
  function copy({ x, y, width, height }: Box, own: Int32Array, isRead: boolean): void {
    for (let [i, row] = [0, (y + MARGIN) * PITCH + x + MARGIN]; i < width * height; row += PITCH) {
      for (let at = row; at < row + width; at++, i++) {
        if (isRead) kept[at] = own[i]!;
        else own[i] = kept[at]!;
      }
    }
  }

  return (ink) => {
    if (drawing.image) return pixelsOf(ink);
    const { context, box } = ink;
    const { current } = drawing;
    // A piece begins between the two points before it.
    const part = since ? boxOf([current!.slice(Math.max(0, since - 2))], INK_SIDE) : box;
    if (!since) kept.fill(0);
    if (part) copy(part, new Int32Array(pixelsOf({ context, box: part }).data.buffer), true);
    since = current?.length ?? 0;
    copy(box, lent, false);
    const { width, height } = box;
    return { data: new Uint8ClampedArray(lent.buffer, 0, 4 * width * height), width, height };
  };
}
