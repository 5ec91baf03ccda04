// Drawings that this stop puts on the pad: of things, and what people wrote and the model misread.
import { INK_SIDE, pixelsOf } from "../../pad/pad.ts";
import { boxOf, paintStroke, PEN_WIDTH, type Stroke } from "../../pad/strokes.ts";
import type { MisreadDrawing } from "../../runtime/schema.ts";
import type { Pixels } from "../../runtime/types.ts";
import { context2d, create, createSvg } from "../dom.ts";

/**
 * As an address holds them (pad/link.ts). The models take the first for a 9, and do not doubt it.
 */
export const THINGS = {
  umbrella:
    "1UFKaA4IHBjUQNRwzKDEwKzgnQiNIG0wVUA1UB1QAVAhQDkwWSBxCJDgoMCwoMhw0EDYGNgAAHRNVD3kJiQEAeQpVEB0UAAAdFVUReQmJAQB5ClUSHRYYUuYEHQDOBAAABSAPHhkUHwwfAB8LGRMPHQUf",
  a: "1BFKUBOIN7APDCwRSAADsA8QLBFLbBvEC4AUA",
  house: "1BFLwArQGkAXxAgRSAACQBfICBFKfCgAArgcEUgAAoAoABFIAAACtBwRSAACfCgA",
} as const;
/** How much of the pad the longer side of what people wrote takes up. */
const SIZE = 0.6;

/** The strokes in the middle of the pad, whose side is 1. */
export function onPad({ strokes }: Pick<MisreadDrawing, "strokes">): readonly Stroke[] {
  const points = strokes.map((stroke) =>
    stroke.flatMap((x, at) => (at % 2 ? [] : [{ x, y: stroke[at + 1]! }])),
  );
  const [width, height] = (["x", "y"] as const).map((axis) =>
    Math.max(...points.flat().map((point) => point[axis])),
  );
  const place = (at: number, end: number) => 0.5 + (SIZE * (at - end / 2)) / 100;
  return points.map((stroke) =>
    stroke.map(({ x, y }) => ({ x: place(x, width!), y: place(y, height!), width: PEN_WIDTH })),
  );
}

/** A single point is a dot: a line to itself. */
export function pictureOf(strokes: readonly Stroke[]): SVGElement {
  const d = strokes
    .map((stroke) => `M${[stroke[0]!, ...stroke].map(({ x, y }) => `${x} ${y}`).join("L")}`)
    .join("");
  const path = createSvg("path", { d, "stroke-width": PEN_WIDTH });
  return createSvg("svg", { viewBox: "0 0 1 1", "aria-hidden": "true" }, path);
}

/** As the pad gives them to a model. */
export function read(strokes: readonly Stroke[]): Pixels {
  const canvas = create("canvas", "");
  canvas.width = canvas.height = INK_SIDE;
  const context = context2d(canvas, { willReadFrequently: true });
  context.lineCap = context.lineJoin = "round";
  for (const stroke of strokes) paintStroke(context, stroke, INK_SIDE);
  return pixelsOf({ context, box: boxOf(strokes, INK_SIDE)! });
}
