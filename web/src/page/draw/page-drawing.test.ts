import { expect, test } from "vitest";
import { PageDrawing } from "./page-drawing.ts";

test("a dot and a dash are worth no answer, but more ink is, and an image", () => {
  const drawing = new PageDrawing();
  const point = (x: number, y = 0.5) => ({ x, y, width: 0.08 });
  const seen: boolean[] = [];
  drawing.watch(() => seen.push(drawing.suffices));
  drawing.down([point(0.1), point(0.2)]);
  drawing.down([point(0.5)]);
  drawing.move([point(0.5, 0.62)]); // 0.22 altogether
  drawing.replace([]);
  drawing.replace({ paint: () => undefined });
  expect(seen).toEqual([false, false, false, true, false, true]);
});
