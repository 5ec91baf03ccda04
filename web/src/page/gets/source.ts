// The drawing on the pad, from which the film and the search for a mistake start.
import { pixelsOf } from "../../pad/pad.ts";
import { MARGIN } from "../../pad/strokes.ts";
import type { PageState } from "../state.ts";
import { startsFromPad, type Recipe, type Source } from "./film.ts";

/** The film's first picture; null if there is none, or none to prepare. */
export function sourceOf(recipe: Recipe, { ink, placed }: PageState): Source | null {
  if (placed?.changed) return null;
  if (placed)
    return {
      ...recipe.size,
      channels: recipe.size.channels as 1 | 3,
      data: Float64Array.from(placed.picture),
    };
  if (!ink) return null;
  const { context, box } = ink;
  const { width, height } = context.canvas;
  const isAll = box.width === width && box.height === height; // as of an image
  if (isAll || !startsFromPad(recipe)) return pixelsOf(ink);
  // The pad's frame must be blank, as it is around the part with ink.
  return context.getImageData(-MARGIN, -MARGIN, width + 2 * MARGIN, height + 2 * MARGIN);
}
