import { beforeEach, expect, test } from "vitest";
import { Drawing, type Ink, type PadImage } from "../../pad/drawing.ts";
import { INK_SIDE, pixelsOf } from "../../pad/pad.ts";
import { boxOf, paintStroke, type Box } from "../../pad/strokes.ts";
import type { Pixels } from "../../runtime/types.ts";
import { keepPixels } from "./kept-pixels.ts";

/**
 * A minimal fake 2D context for painting strokes: squares around the points of each piece. It keeps
 * what was read.
 */
class Paper {
  lineWidth = 1;
  readonly reads: Box[] = [];
  readonly #pixels = new Int32Array(INK_SIDE ** 2);
  #dots: (readonly [x: number, y: number])[] = [];

  readonly beginPath = (): void => {
    this.#dots = [];
  };
  readonly moveTo = (x: number, y: number): void => {
    this.#dots.push([x, y]);
  };
  readonly arc = (x: number, y: number, radius: number): void => {
    this.lineWidth = 2 * radius;
    this.moveTo(x, y);
  };
  readonly quadraticCurveTo = (
    ...[viaX, viaY, x, y]: readonly [number, number, number, number]
  ): void => {
    this.moveTo(viaX, viaY);
    this.moveTo(x, y);
  };
  readonly stroke = (): void => {
    const on = (at: number) => Math.max(0, Math.min(INK_SIDE, Math.round(at)));
    const radius = this.lineWidth / 2;
    for (const [x, y] of this.#dots) {
      for (let row = on(y - radius); row < on(y + radius); row++)
        this.#pixels.fill(0xff, row * INK_SIDE + on(x - radius), row * INK_SIDE + on(x + radius));
    }
  };
  readonly fill = this.stroke;
  readonly clear = (): void => {
    this.#pixels.fill(0);
  };
  readonly getImageData = (x: number, y: number, width: number, height: number): Pixels => {
    this.reads.push({ x, y, width, height });
    const part = Int32Array.from({ length: width * height }, (_, i) => {
      const [column, row] = [x + (i % width), y + Math.floor(i / width)];
      const isOn = Math.min(column, row) >= 0 && Math.max(column, row) < INK_SIDE;
      return isOn ? this.#pixels[row * INK_SIDE + column]! : 0;
    });
    return { data: new Uint8ClampedArray(part.buffer), width, height };
  };
}

let [paper, drawing, read] = [] as unknown as [Paper, Drawing, (ink: Ink) => Pixels];

beforeEach(() => {
  paper = new Paper();
  drawing = new Drawing();
  drawing.watch((from) => {
    const context = paper as unknown as CanvasRenderingContext2D;
    if (!from) paper.clear();
    const strokes = from ? [drawing.current!] : drawing.strokes;
    for (const stroke of strokes)
      paintStroke(context, stroke, INK_SIDE, from ?? 0, stroke !== drawing.current);
  });
  read = keepPixels(drawing);
});

const ink = (): Ink => ({
  context: paper as unknown as CanvasRenderingContext2D,
  box: boxOf(drawing.strokes, INK_SIDE)!,
});
const line = (length: number, x: number, y: number) =>
  Array.from({ length }, (_, i) => ({ x: x + 0.02 * i, y: y + 0.1 * Math.sin(i), width: 0.03 }));

function expectToFit(): void {
  const { data, width, height } = read(ink());
  expect({ data, width, height }).toEqual(pixelsOf(ink()));
}

test("every frame has the pixels that the canvas has, whatever was drawn, taken back or cleared", () => {
  drawing.down(line(3, 0.1, 0.2));
  expectToFit();
  for (const point of line(4, 0.16, 0.25)) {
    drawing.move([point]);
    expectToFit();
  }
  drawing.move(line(3, 0.3, 0.9)); // two events before the next frame
  drawing.move(line(2, 0.9, 0.95)); // and beyond the edge
  expectToFit();
  drawing.up();
  expectToFit();
  drawing.down(line(1, 0.6, 0.5));
  drawing.move(line(2, 0.62, 0.3));
  expectToFit();
  drawing.undo();
  expectToFit();
  drawing.clear();
  drawing.down(line(2, 0.5, 0.5));
  expectToFit();
});

test("of a long stroke, a frame reads only the piece that is new", () => {
  drawing.down(line(30, 0.1, 0.5));
  read(ink());
  paper.reads.length = 0;
  drawing.move(line(1, 0.72, 0.5));
  read(ink());
  const [{ width, height }, ...others] = paper.reads as [Box, ...Box[]];
  expect(others).toEqual([]);
  expect(width * height).toBeLessThan((ink().box.width * ink().box.height) / 4);
});

test("an image is read as it is, however large", () => {
  const image: PadImage = { paint: () => undefined };
  drawing.put(image);
  const box = { x: 0, y: 0, width: 2 * INK_SIDE, height: INK_SIDE };
  expect(read({ ...ink(), box }).data).toHaveLength(4 * box.width * box.height);
});
