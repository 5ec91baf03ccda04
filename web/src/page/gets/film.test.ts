import { describe, expect, test } from "vitest";
import type { DrawingStep, ImageSize, ImageStep } from "../../runtime/schema.ts";
import { prepareDrawing, prepareImage } from "../../runtime/preprocess/all-steps.ts";
import type { Pixels } from "../../runtime/types.ts";
import { expectClose } from "../../testing/close.ts";
import { golden, pixelsOf } from "../../testing/golden.ts";
import { inputOf, isOptional, isShown, shoot as play, startsFromPad, type Recipe } from "./film.ts";

const shoot = (...args: Parameters<typeof play>) => [...play(...args)];

const NONE: ReadonlySet<number> = new Set();
const SIZE: ImageSize = { height: 28, width: 28, channels: 1 };
const recipe = (drawing: DrawingStep[], image: ImageStep[], size = SIZE): Recipe => ({
  steps: [...drawing, ...image],
  drawn: drawing.length,
  size,
});
const REDRAWN: DrawingStep[] = [
  { step: "ink" },
  { step: "fit", box: 60 },
  { step: "stroke", width: 0.14, thinning: 0.7 },
  { step: "fit", box: 20 },
  { step: "center", height: 28, width: 28 },
];
const ALIGN: ImageStep = { step: "align", height: 0.2, width: 0.15, limit: 1.6 };
const DEFAULT = recipe(REDRAWN, [ALIGN, { step: "scale", factor: 1 }, { step: "flatten" }]);
const DARK = recipe(
  [...REDRAWN, { step: "invert" }],
  [{ step: "invert" }, { step: "deskew" }, { step: "scale", factor: 255 }, { step: "flatten" }],
);
const GREY = recipe(
  [
    { step: "grey", background: 1 },
    { step: "cover", height: 28, width: 28 },
  ],
  [{ step: "normalize", mean: 0.5, deviation: 0.25 }, { step: "channel" }],
);
const COLOUR = recipe(
  [
    { step: "rgb", background: 1 },
    { step: "contain", height: 12, width: 16, background: 1 },
  ],
  [{ step: "bgr" }, { step: "normalize", mean: [0.1, 0.2, 0.3], deviation: 0.5 }],
  { height: 12, width: 16, channels: 3 },
);
const STRETCHED = recipe(
  [
    { step: "rgb", background: 0 },
    { step: "stretch", height: 8, width: 8 },
  ],
  [],
  { height: 8, width: 8, channels: 3 },
);
const RECIPES = { DEFAULT, DARK, GREY, COLOUR, STRETCHED };

/** A slanting stroke on a transparent pad, in its upper left quarter. */
function slantedStroke(side: number, lean: number): Pixels {
  const data = new Uint8ClampedArray(4 * side * side);
  for (let y = Math.round(0.1 * side); y < 0.5 * side; y++) {
    const x = Math.round(0.3 * side - lean * (y - 0.3 * side));
    for (let across = -4; across <= 4; across++) data[4 * (y * side + x + across) + 3] = 255;
  }
  return { data, height: side, width: side };
}
const DRAWING = slantedStroke(140, 0.5);

const last = <T>(items: readonly T[]): T => items.at(-1)!;
const optional = (recipe: Recipe) =>
  [...recipe.steps.keys()].filter((index) => isOptional(recipe, index));

describe("with every step on", () => {
  test.each(golden.drawings)(
    "the film shows what the steps make of a drawing: $name",
    (drawing) => {
      const film = recipe(drawing.steps, []);
      const takes = shoot(film, pixelsOf(drawing), NONE);
      const expected = prepareDrawing(pixelsOf(drawing), drawing.steps);
      expect(inputOf(film, takes)).toEqual(expected);
    },
  );

  test.each(Object.entries(RECIPES))("it ends with the model's input: %s", (_, film) => {
    const takes = shoot(film, DRAWING, NONE);
    expect(takes.map(({ index }) => index)).toEqual([...film.steps.keys()]);
    const { steps, drawn, size } = film;
    const picture = prepareDrawing(DRAWING, steps.slice(0, drawn) as DrawingStep[])!;
    const expected = prepareImage(picture, size, steps.slice(drawn) as ImageStep[]);
    const input = inputOf(film, takes)!;
    const sizes = expected.map((value) => Math.max(1, Math.abs(value)));
    const relative = (values: Float32Array) => values.map((value, i) => value / sizes[i]!);
    expectClose(relative(input), relative(expected), 1e-4);
  });

  test("a picture of the data set goes through the last steps only", () => {
    const data = new Float64Array(28 * 28).map((_, i) =>
      i % 28 === 10 + Math.floor(i / 280) ? 1 : 0,
    );
    const takes = shoot(DEFAULT, { height: 28, width: 28, channels: 1, data }, NONE);
    expect(takes.map(({ index }) => index)).toEqual([5, 6, 7]);
    const steps = DEFAULT.steps.slice(DEFAULT.drawn) as ImageStep[];
    expect(inputOf(DEFAULT, takes)).toEqual(prepareImage(Float32Array.from(data), SIZE, steps));
  });

  test("a pad and the part of it with ink become the same picture where the second step cuts it out", () => {
    expect(startsFromPad(DEFAULT)).toBe(true);
    expect(
      [GREY, recipe([{ step: "ink" }, { step: "center", height: 28, width: 28 }], [])].map(
        startsFromPad,
      ),
    ).toEqual([false, false]);
    const part = { data: new Uint8ClampedArray(4 * 100 * 90), height: 100, width: 90 };
    for (let y = 0; y < 100; y++) {
      part.data.set(DRAWING.data.subarray(4 * (y + 5) * 140, 4 * ((y + 5) * 140 + 90)), 4 * 90 * y);
    }
    expect(last(shoot(DEFAULT, part, NONE)).picture).toEqual(
      last(shoot(DEFAULT, DRAWING, NONE)).picture,
    );
  });

  test("an empty page has no film", () => {
    const blank = { data: new Uint8ClampedArray(4 * 100), height: 10, width: 10 };
    expect(shoot(DEFAULT, blank, NONE)).toEqual([]);
    expect(inputOf(DEFAULT, [])).toBeNull();
  });
});

describe("with steps off", () => {
  test.each(Object.entries(RECIPES))(
    "any of them leave an input of the model's size: %s",
    (_, film) => {
      const steps = optional(film);
      for (let bits = 0; bits < 2 ** steps.length; bits += steps.length > 5 ? 7 : 1) {
        const off = new Set(steps.filter((_, place) => (bits >> place) & 1));
        const takes = shoot(film, DRAWING, off);
        const input = inputOf(film, takes)!;
        expect(input).toHaveLength(film.size.height * film.size.width * film.size.channels);
        expect(input.every(Number.isFinite)).toBe(true);
      }
    },
  );

  test("cropping is worth this: without it the ink stays where it was drawn", () => {
    const takes = shoot(DEFAULT, DRAWING, new Set([1, 2, 3, 4]));
    const { data } = last(takes.slice(0, 5)).picture;
    const drawn = [...data.keys()].filter((i) => data[i]! > 0);
    expect(drawn.length).toBeGreaterThan(5);
    for (const i of drawn) expect([i % 28 < 14, Math.floor(i / 28) < 15]).toEqual([true, true]);
    expect(last(takes.slice(0, 5)).picture).toMatchObject({ height: 28, width: 28 });
  });

  test("a step that sets no size is left out", () => {
    const at = (index: number, off: ReadonlySet<number>) =>
      shoot(DEFAULT, DRAWING, off)[index]!.picture;
    expect(at(2, new Set([2]))).toEqual(at(1, NONE));
    expect(at(5, new Set([5]))).toEqual(at(4, NONE));
    expect(at(5, NONE)).not.toEqual(at(4, NONE));
  });
});

test("the first step and plain scaling cannot be switched off, and what changes nothing is not shown", () => {
  const names = (recipe: Recipe, rule: typeof isShown) =>
    recipe.steps.filter((_, index) => rule(recipe, index)).map(({ step }) => step);
  expect(names(DEFAULT, isShown)).toEqual(["ink", "fit", "stroke", "fit", "center", "align"]);
  expect(names(DEFAULT, isOptional)).toEqual(["fit", "stroke", "fit", "center", "align"]);
  expect(names(DARK, isOptional)).toEqual(["fit", "stroke", "fit", "center", "deskew", "scale"]);
  expect(names(GREY, isShown)).toEqual(["grey", "cover", "normalize"]);
  expect(names(GREY, isOptional)).toEqual(["cover", "normalize"]);
  expect(names(COLOUR, isOptional)).toEqual(["contain", "bgr", "normalize"]);
  expect(names(STRETCHED, isShown)).toEqual(["rgb", "stretch"]);
  expect(names(STRETCHED, isOptional)).toEqual([]);
});
