import fc from "fast-check";
import { expect, test } from "vitest";
import { holds } from "../../testing/holds.ts";
import { differing, erased, line, squares } from "./brush.ts";

const SIZE = { height: 5, width: 7 };

test("a line goes from pixel to pixel without a gap, to its end", () => {
  const pixel = fc.integer({ min: 0, max: 34 });
  holds(pixel, pixel, (from, to) => {
    const path = [from, ...line(from, to, SIZE)];
    expect(path.at(-1)).toBe(to);
    path.slice(1).forEach((at, i) => {
      const before = path[i]!;
      const across = Math.abs((at % 7) - (before % 7));
      const down = Math.abs(Math.floor(at / 7) - Math.floor(before / 7));
      expect(Math.max(across, down)).toBe(1);
    });
  });
});

test("erased pixels are blank, the others as they were, the picture itself stays, and they are marked", () => {
  const picture = Float32Array.of(0, 0.25, 1);
  expect(erased(picture, [1, 2])).toEqual(Float32Array.of(0, 0, 0));
  expect(erased(picture, [0])).toBeNull();
  expect(erased(picture, [])).toBeNull();
  expect(picture).toEqual(Float32Array.of(0, 0.25, 1));
  expect(differing(picture, erased(picture, [1, 2])!)).toEqual([1, 2]);
  expect(squares([0, 8], SIZE)).toBe("M0 0h1v1h-1zM1 1h1v1h-1z");
});
