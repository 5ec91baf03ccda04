import { afterEach, expect, test } from "vitest";
import type { DrawingStep, ImageStep } from "../../runtime/schema.ts";
import { ALL_STEPS } from "../../runtime/preprocess/all-steps.ts";
import { chooseLanguage } from "../language.ts";
import { captionOf, leanWords } from "./captions.ts";
import { isShown, type Recipe } from "./film.ts";

const SIZE = { height: 28, width: 28 };
const DRAWING: DrawingStep[] = [
  { step: "ink" },
  { step: "grey", background: 1 },
  { step: "rgb", background: 1 },
  { step: "fit", box: 60 },
  { step: "stroke", width: 0.14, thinning: 0.7 },
  { step: "fit", box: 20 },
  { step: "center", ...SIZE },
  { step: "cover", ...SIZE },
  { step: "contain", ...SIZE, background: 1 },
  { step: "stretch", ...SIZE },
  { step: "invert" },
];
const IMAGE: ImageStep[] = [
  { step: "deskew" },
  { step: "align", height: 0.2, width: 0.15, limit: 1.6 },
  { step: "scale", factor: 255 },
  { step: "normalize", mean: [0.485, 0.456, 0.5], deviation: 0.25 },
  { step: "bgr" },
  { step: "flatten" },
  { step: "channel" },
];
const ALL: Recipe = { steps: [...DRAWING, ...IMAGE], drawn: DRAWING.length, size: { ...SIZE, channels: 1 } };

afterEach(async () => {
  await chooseLanguage("?lang=en", []);
});

test.each(["en", "de"])(
  "every step that the runtime knows has words, and none says that a drawing shrinks (%s)",
  async (lang) => {
    await chooseLanguage(`?lang=${lang}`, []);
    const { starts, ofInk, ofAny, image } = ALL_STEPS;
    const known = Object.keys({ ...starts, ...ofInk, ...ofAny, ...image });
    expect(new Set(ALL.steps.map(({ step }) => step))).toEqual(new Set(known));
    for (const [index, step] of ALL.steps.entries()) {
      const { title, does } = captionOf(ALL, index);
      expect([title !== "", does !== ""]).toEqual([isShown(step), isShown(step)]);
      expect(`${title} ${does}`).not.toMatch(/shr[aiu]nk|schrumpf|undefined/i);
    }
  },
);

test("parameters are told in the language's form, and a second fit is called otherwise", async () => {
  const does = (name: string, place = 0) =>
    captionOf(ALL, [...ALL.steps.keys()].filter((index) => ALL.steps[index]!.step === name)[place]!);
  expect(does("fit").title).not.toBe(does("fit", 1).title);
  expect(does("fit", 1).does).toContain("20 pixels");
  expect(does("normalize").does).toContain("minus 0.485; 0.456; 0.5, divided by 0.25");
  await chooseLanguage("?lang=de", []);
  expect(does("normalize").does).toContain("minus 0,485; 0,456; 0,5, geteilt durch 0,25");
});

test("how far the ink leaned is said of the steps that straighten it", () => {
  const data = new Float64Array(400).map((_, i) =>
    Math.abs((i % 20) - 10 + (Math.floor(i / 20) - 10) / 2) < 2 ? 1 : 0,
  );
  const before = { index: 0, picture: { data, height: 20, width: 20, channels: 1 as const } };
  expect(leanWords({ step: "deskew" }, before)).toMatch(/^It leaned 2\d° to the right\.$/);
  const mirrored = data.map((_, i) => data[i - (i % 20) + 19 - (i % 20)]!);
  expect(leanWords({ step: "deskew" }, { ...before, picture: { ...before.picture, data: mirrored } })).toMatch(/left/);
  expect(leanWords({ step: "invert" }, before)).toBe("");
  expect(leanWords({ step: "deskew" }, null)).toBe("");
});
