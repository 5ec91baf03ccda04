// The steps for pictures; the golden fixtures that Python shares, and what is refused, are in drawings.test.ts.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DrawingStep } from "../schema.ts";
import { prepareDrawing } from "./all-steps.ts";
import type { Pixels } from "../types.ts";
import { expectClose } from "../../testing/close.ts";

// Rounding to float32 takes 6e-8 of values up to 1; sums of a few hundred doubles take nothing beside it.
const TOLERANCE = 1e-6;

const RGB: DrawingStep = { step: "rgb", background: 1 };
const side = fc.integer({ min: 1, max: 30 });
const name = fc.constantFrom("cover", "contain", "stretch");

const resized = (name: string, height: number, width: number, background = 0.25): DrawingStep =>
  ({ step: name, height, width, ...(name === "contain" ? { background } : {}) }) as DrawingStep;

const opaque: fc.Arbitrary<Pixels> = fc.tuple(side, side).chain(([height, width]) =>
  fc.uint8Array({ minLength: 4 * height * width, maxLength: 4 * height * width }).map((data) => {
    for (let i = 3; i < data.length; i += 4) data[i] = 255;
    return { data, height, width };
  }),
);

/** The pixels in the opposite order: the picture turned by half. */
function turned(data: ArrayLike<number>, channels: number): number[] {
  const pixels = Array.from({ length: data.length / channels }, (_, i) =>
    Array.from({ length: channels }, (_, c) => data[i * channels + c]!),
  );
  return pixels.reverse().flat();
}

describe("a photo", () => {
  test("that is turned by half becomes a picture that is turned by half", () => {
    fc.assert(
      fc.property(opaque, name, side, side, ({ data, height, width }, name, down, across) => {
        const steps = [RGB, resized(name, down, across)];
        const picture = prepareDrawing({ data, height, width }, steps)!;
        const back = prepareDrawing({ data: Uint8Array.from(turned(data, 4)), height, width }, steps);
        expectClose(back, turned(picture, 3), TOLERANCE);
      }),
    );
  });

  test("keeps its values between the darkest and the brightest, and its channels apart", () => {
    fc.assert(
      fc.property(opaque, name, side, side, ({ data, height, width }, name, down, across) => {
        const only = data.map((value, i) => (i % 4 === 1 ? value : i % 4 === 3 ? 255 : 0)); // green alone
        const picture = prepareDrawing({ data: only, height, width }, [RGB, resized(name, down, across, 0)])!;
        expect(picture).toHaveLength(3 * down * across);
        const most = Math.max(...Array.from(only).filter((_, i) => i % 4 === 1)) / 255;
        picture.forEach((value, i) => {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(i % 3 === 1 ? most + TOLERANCE : 0);
        });
      }),
    );
  });

  test("keeps the mean of each channel when it is stretched", () => {
    fc.assert(
      fc.property(opaque, side, side, ({ data, height, width }, down, across) => {
        const picture = prepareDrawing({ data, height, width }, [RGB, resized("stretch", down, across)])!;
        const means = (values: ArrayLike<number>, channels: number) =>
          [0, 1, 2].map((channel) => {
            const own = Array.from(values).filter((_, i) => i % channels === channel);
            return own.reduce((sum, value) => sum + value, 0) / own.length;
          });
        const expected = means(data, 4).map((mean) => mean / 255);
        expectClose(means(picture, 3), expected, TOLERANCE);
      }),
    );
  });

  test("is never empty unless all of it is clear", () => {
    const steps = [RGB, resized("cover", 2, 2)];
    const data = new Uint8Array(4 * 4 * 4);
    expect(prepareDrawing({ data, height: 4, width: 4 }, steps)).toBeNull();
    data[7] = 1;
    expect(prepareDrawing({ data, height: 4, width: 4 }, steps)).not.toBeNull();
    const black = data.map((_, i) => (i % 4 === 3 ? 255 : 0));
    expect(prepareDrawing({ data: black, height: 4, width: 4 }, steps)).toEqual(new Float32Array(12));
  });
});
