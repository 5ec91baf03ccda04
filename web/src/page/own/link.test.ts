import fc from "fast-check";
import { expect, test } from "vitest";
import { holds } from "../../testing/holds.ts";
import { STEPS, type Stroke } from "../../pad/strokes.ts";
import { cleaned } from "./classes.ts";
import { decodeClasses, encodeClasses } from "./link.ts";

const PIXELS = 16;

const step = fc.integer({ min: 0, max: STEPS });
const point = fc.record({ x: step, y: step, width: fc.integer({ min: 1, max: 100 }) });
const stroke = fc
  .array(point, { minLength: 1, maxLength: 5 })
  .map((points): Stroke =>
    points.map(({ x, y, width }) => ({ x: x / STEPS, y: y / STEPS, width: width / STEPS })),
  );
const ink = fc.uint8Array({ minLength: PIXELS, maxLength: PIXELS });
const strokes = fc.option(fc.array(stroke, { minLength: 1, maxLength: 3 }));
const example = fc.record({ ink, strokes, input: fc.constant(new Float32Array()) });
const name = fc
  .string({ unit: "binary", minLength: 1, maxLength: 40 })
  .map(cleaned)
  .filter((text) => text !== "");
const some = fc.uniqueArray(fc.record({ name, examples: fc.array(example, { maxLength: 4 }) }), {
  maxLength: 10,
  minLength: 1,
  selector: (one) => one.name,
});

test("classes come back as they were, from text that is safe in an address", () => {
  holds(some, (classes) => {
    const text = encodeClasses(classes);
    expect(text).toMatch(/^[\w\-.!~*'()%,;]*$/);
    expect(decodeClasses(text, PIXELS)).toEqual(
      classes.map(({ name, examples }) => ({
        name,
        examples: examples.map(({ ink, strokes }) => strokes ?? ink),
      })),
    );
  });
});

test.each([
  ["", "nothing"],
  ["a,x", "an example of an unknown kind"],
  ["a,1!", "damaged strokes"],
  ["a,iAAAA", "a picture of another size"],
  ["a,i!", "a damaged picture"],
  ["a;a", "two classes with one name"],
  ["%20a", "a name that no class has"],
  ["%E0%A4", "a name that is no text"],
  ["a;b;c;d;e;f;g;h;i;j;k", "eleven classes"],
])("%j is refused: %s", (text) => {
  expect(decodeClasses(text, PIXELS)).toBeNull();
});

test("any text is read or refused, and never throws", () => {
  holds(fc.string({ unit: fc.constantFrom(..."a1i,;%20-_=AQ".split("")) }), (text) => {
    decodeClasses(text, PIXELS);
  });
});
