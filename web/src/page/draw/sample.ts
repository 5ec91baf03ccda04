// A visitor who arrives sees a digit being drawn and read. It gives way at the first touch or key
// on the pad, or to any other drawing.
import type { Stroke } from "../../pad/strokes.ts";
import type { Store } from "../state.ts";
import { nounOf } from "../words.ts";
import { namesDrawing } from "./address.ts";
import { decodeStrokes } from "../../pad/link.ts";
import type { PageDrawing } from "./page-drawing.ts";

/**
 * A 3 that leans, as an address holds a drawing: read well only while the last step of the
 * preparation straightens it.
 */
const SAMPLE =
  "1RFK6B6gFdEeIAUdwG24EhgEoQjIwQAxCJUJHRFU4ZRylARJTBkMJJwMOEEgiVC4wQCR-C1I5TllKaTZ_Go8BCHsNiwFDOzsHNzQ3QjM";
const WAIT_MS = 400;
const DRAWING_MS = 1600;

/** The first points of the strokes, so many altogether. */
export function beginning(strokes: readonly Stroke[], points: number): readonly Stroke[] {
  let left = points;
  return strokes.flatMap((stroke) => {
    const shown = stroke.slice(0, Math.max(0, left));
    left -= stroke.length;
    return shown.length > 0 ? [shown] : [];
  });
}

export function mountSample(store: Store, drawing: PageDrawing): void {
  let isOver = false;

  store.watch(["model"], ({ model }) => {
    if (!model) return;
    const fits = nounOf(model.manifest) === "digit" && drawing.takesStrokes;
    if (!fits) drawing.endSample();
    else if (!isOver && drawing.isBlank && !drawing.canUndo && !namesDrawing(location.hash)) play();
    isOver = true;
  });

  function play(): void {
    const strokes = decodeStrokes(SAMPLE) ?? [];
    // Nor where the address leads to a stop: what it shows would move while it is drawn.
    if (location.hash !== "" || matchMedia("(prefers-reduced-motion: reduce)").matches) {
      drawing.showSample(strokes, "there");
      return;
    }
    const all = strokes.flat().length;
    const start = performance.now() + WAIT_MS;
    drawing.showSample([], "coming");
    requestAnimationFrame(function draw(now) {
      if (drawing.sample !== "coming") return; // it gave way
      const share = Math.min(1, (now - start) / DRAWING_MS);
      drawing.showSample(
        beginning(strokes, Math.ceil(share * all)),
        share < 1 ? "coming" : "there",
      );
      requestAnimationFrame(draw);
    });
  }
}
