import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { holds } from "../../testing/holds.ts";
import { ModelError } from "../errors.ts";
import type { DrawingStep, ImageStep } from "../schema.ts";
import { prepareDrawing, prepareImage } from "./all-steps.ts";
import { fit, ink } from "./drawings.ts";
import { side } from "./steps.ts";
import type { Pixels } from "../types.ts";
import { expectClose } from "../../testing/close.ts";
import { golden, pixelsOf } from "../../testing/golden.ts";

// Promise of the twins. Values are at most 1, so rounding to float32 takes 6e-8 of it.
const TOLERANCE = 1e-6;

const SQUARE = { height: 2, width: 2, channels: 1 };

const DRAWING: DrawingStep[] = [
  { step: "ink" },
  { step: "fit", box: 20 },
  { step: "center", height: 28, width: 28 },
];

function floats(base64: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(base64, "base64")).buffer);
}

describe("the golden fixtures, which Python computes alike", () => {
  test("images may be as large as in Python", () => {
    expect(() => {
      side(golden.largest_side, "box");
    }).not.toThrow();
    expect(() => {
      side(golden.largest_side + 1, "box");
    }).toThrow(ModelError);
  });

  test.each(golden.drawings)("drawing: $name", (drawing) => {
    const picture = prepareDrawing(pixelsOf(drawing), drawing.steps);
    if (drawing.expected === null) expect(picture).toBeNull();
    else expectClose(picture, floats(drawing.expected), TOLERANCE);
  });

  test.each(golden.images)(
    "image: $name",
    ({ height, width, channels = 1, pixels, steps, expected }) => {
      const ink = Float32Array.from(Buffer.from(pixels, "base64"), (value) => value / 255);
      const factor = steps.reduce(
        (most, step) => (step.step === "scale" ? Math.max(most, step.factor) : most),
        1,
      );
      const input = prepareImage(ink, { height, width, channels }, steps);
      expectClose(input, floats(expected), TOLERANCE * factor);
    },
  );
});

interface Marks {
  height: number;
  width: number;
  values: number[];
}

// Strong marks, so that no threshold is near; the corners are drawn, so that the bounding box is
// the whole array.
const marks: fc.Arbitrary<Marks> = fc
  .tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }))
  .chain(([height, width]) => {
    const cells = { minLength: height * width, maxLength: height * width };
    return fc
      .array(fc.oneof(fc.constant(0), fc.integer({ min: 30, max: 255 })), cells)
      .map((values) => {
        values[0] = values[values.length - 1] = 255;
        return { height, width, values };
      });
  });

function onPad(
  drawing: Marks,
  height: number,
  width: number,
  top: number,
  left: number,
  paper = 0,
): Pixels {
  const data = new Uint8ClampedArray(4 * height * width).map((_, i) => (i % 4 === 3 ? 255 : paper));
  drawing.values.forEach((value, i) => {
    const x = i % drawing.width;
    const at = 4 * ((top + (i - x) / drawing.width) * width + left + x);
    data.fill(paper ^ value, at, at + 3);
  });
  return { data, height, width };
}

describe("a drawing", () => {
  const margin = fc.integer({ min: 1, max: 20 });

  test("may lie anywhere on the pad", () => {
    holds(marks, margin, margin, margin, margin, (drawing, top, left, bottom, right) => {
      const { height, width } = drawing;
      const snug = prepareDrawing(onPad(drawing, height + 2, width + 2, 1, 1), DRAWING);
      const moved = prepareDrawing(
        onPad(drawing, height + top + bottom, width + left + right, top, left),
        DRAWING,
      );
      expect(moved).toEqual(snug);
    });
  });

  test("is cropped alike whether or not the pad around it is computed", () => {
    holds(marks, fc.constantFrom(0, 255), (drawing, paper) => {
      const pad = onPad(drawing, 40, 40, 3, 5, paper);
      const boxed = fit(ink(pad, true), { step: "fit", box: 20 });
      expect(boxed).toEqual(fit(ink(pad, false), { step: "fit", box: 20 }));
      expect(ink(pad, true).data.length).toBeLessThanOrEqual(drawing.height * drawing.width);
    });
  });

  test("may start at any byte of what holds it, as Node's buffers do", () => {
    const { data, ...size } = onPad({ height: 2, width: 2, values: [200, 100, 0, 50] }, 9, 8, 3, 1);
    const held = Buffer.alloc(data.length + 3, 77);
    held.set(data, 3);
    const expected = prepareDrawing({ data, ...size }, DRAWING);
    expect(expected).not.toBeNull();
    expect(prepareDrawing({ data: held.subarray(3), ...size }, DRAWING)).toEqual(expected);
  });

  test("and an image are left as they are", () => {
    const pad = onPad({ height: 1, width: 2, values: [200, 100] }, 5, 5, 1, 1);
    const ink = Float32Array.of(0, 0.5, 0.25, 1);
    const before = [pad.data.slice(), ink.slice()];
    prepareDrawing(pad, DRAWING);
    prepareImage(ink, SQUARE, [{ step: "deskew" }, { step: "scale", factor: 2 }]);
    expect([pad.data, ink]).toEqual(before);
  });
});

describe("a step that cannot be taken is refused", () => {
  const pad = onPad({ height: 1, width: 1, values: [255] }, 3, 3, 1, 1);
  const RGB = { step: "rgb", background: 1 };
  const ANY = /Received: .*Use the embed.js published/;
  const STEP = /Received: \{"step"/;
  const PLACE = /in the wrong place. Received: \{"step"/;
  test.each<[string, unknown[], RegExp]>([
    ["no step", [], ANY],
    ["ink is not the first", DRAWING.slice(1), ANY],
    ["ink again", [DRAWING[0], ...DRAWING], ANY],
    ["unknown", [DRAWING[0], { step: "blur" }], ANY],
    [
      "a step for ink that was inverted",
      [DRAWING[0], { step: "invert" }, ...DRAWING.slice(1)],
      ANY,
    ],
    ["of ink after colours", [RGB, { step: "center", height: 2, width: 2 }], PLACE],
    ["a second beginning", [RGB, { step: "grey", background: 1 }], PLACE],
    ["no beginning", [{ step: "cover", height: 2, width: 2 }], PLACE],
  ])("drawing: %s", (_, steps, message) => {
    const prepare = () => prepareDrawing(pad, steps as DrawingStep[]);
    expect(prepare).toThrow(ModelError);
    expect(prepare).toThrow(message);
  });

  const three = { step: "normalize", mean: [0, 0, 0], deviation: 1 };
  test.each<[string, number, unknown[], RegExp]>([
    ["unknown", 1, [{ step: "blur" }], STEP],
    ["a step for drawings", 1, [{ step: "ink" }], STEP],
    ["deskew of what is no picture any more", 1, [{ step: "flatten" }, { step: "deskew" }], STEP],
    ["inverting what is no picture any more", 1, [{ step: "flatten" }, { step: "invert" }], STEP],
    ["flatten twice", 1, [{ step: "flatten" }, { step: "flatten" }], STEP],
    ["bgr of grey", 1, [{ step: "bgr" }], PLACE],
    ["three means for grey", 1, [three], PLACE],
    ["two means for colours", 3, [{ ...three, mean: [0, 0] }], PLACE],
    ["deskew of colours", 3, [{ step: "deskew" }], PLACE],
    ["a last axis of 1 for colours", 3, [{ step: "channel" }], PLACE],
    ["normalize of a list", 3, [{ step: "flatten" }, three], PLACE],
  ])("image: %s", (_, channels, steps, message) => {
    const prepare = () =>
      prepareImage(new Float32Array(4 * channels), { ...SQUARE, channels }, steps as ImageStep[]);
    expect(prepare).toThrow(ModelError);
    expect(prepare).toThrow(message);
  });

  test.each([1, 3])("image: of another size than %d channels have", (channels) => {
    const prepare = () => prepareImage(new Float32Array(5), { ...SQUARE, channels }, []);
    expect(prepare).toThrow(`must be 2 × 2 × ${channels}. Received: "5 numbers"`);
  });
});
