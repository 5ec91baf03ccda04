// The golden drawings and images that Python and this code prepare alike
// (tests/fixtures/make_preprocess.py).
import { readFileSync } from "node:fs";
import type { DrawingStep, ImageStep } from "../runtime/schema.ts";
import type { Pixels } from "../runtime/types.ts";

interface Drawing {
  readonly name: string;
  readonly height: number;
  readonly width: number;
  readonly palette: number[][];
  readonly runs: number[];
  readonly steps: DrawingStep[];
  readonly expected: string | null;
}
interface Image {
  readonly name: string;
  readonly height: number;
  readonly width: number;
  readonly channels?: number;
  readonly pixels: string;
  readonly steps: ImageStep[];
  readonly expected: string;
}

const path = new URL("../../../tests/fixtures/preprocess.json", import.meta.url);
export const golden = JSON.parse(readFileSync(path, "utf8")) as {
  readonly largest_side: number;
  readonly drawings: Drawing[];
  readonly images: Image[];
};

export function pixelsOf({ height, width, palette, runs }: Drawing): Pixels {
  const data = new Uint8ClampedArray(4 * height * width);
  let at = 0;
  for (let run = 0; run < runs.length; run += 2) {
    for (let count = runs[run] ?? 0; count > 0; count--, at += 4)
      data.set(palette[runs[run + 1] ?? 0] ?? [], at);
  }
  return { data, height, width };
}
