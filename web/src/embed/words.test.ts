import { expect, test } from "vitest";
import { headline, trust } from "./announcement.ts";
import { whole } from "./later-words.ts";
import { ENGLISH, LATER } from "./texts.ts";
import { translated } from "./translations.ts";
import type { Model, Prediction } from "./types.ts";
import { hintFor, percentIn, wordsIn } from "./words.ts";

test("shares have one decimal in every language, and the hint names what is drawn, where the model knows it", () => {
  const shares = [0, 0.0004, 0.5, 0.986, 0.99, 0.9994, 1];
  expect(shares.map(percentIn("en"))).toEqual([
    "0.0%",
    "0.0%",
    "50.0%",
    "98.6%",
    "99.0%",
    ">99.9%",
    "100.0%",
  ]);
  expect(percentIn("de")(0.99999)).toBe(">99,9\u00a0%");
  expect(percentIn("no language")(0.25)).toMatch(/^25.0\s?%$/);
  const hint = (noun: string | null | undefined) => hintFor({ manifest: { noun } } as Model).hint;
  expect([
    hint("digit"),
    hint("animal"),
    hint("drawing"),
    hint(null),
    hint(undefined),
    hintFor(null).hint,
  ]).toEqual(["Draw a digit", "Draw an animal", ...[undefined, undefined, undefined, undefined]]);
});

const english = { ...ENGLISH, ...LATER };
const placeholders = (text: string): string[] => [...(text.match(/\{\w+\}/g) ?? [])].sort();

test.each(["de", "fr", "es", "ar"])(
  "the words in %s are complete, with the placeholders of the English ones",
  (language) => {
    const words = translated(language, "digit");
    expect(Object.keys(words).sort()).toEqual(Object.keys(english).sort());
    for (const [key, english] of Object.entries(ENGLISH)) {
      const text = words[key as keyof typeof ENGLISH];
      expect(text).not.toBe("");
      expect(placeholders(text)).toEqual(placeholders(english));
    }
    expect(words.hint).not.toBe(translated(language, "animal").hint);
  },
);

test("words in the language of the page come once they have been fetched, and others stay English", async () => {
  await new Promise<void>((fetched) => {
    expect(wordsIn("de-AT", null, fetched)).toBeNull();
  });
  expect(wordsIn("de-AT", null, () => undefined)?.undo).toBe("Zurück");
  for (const other of ["", "fi", "den", "EN-gb"]) {
    expect(wordsIn(other, null, () => expect.unreachable())).toBeNull();
  }
});

test("the headline names the next answer only where it has a chance", () => {
  const style = whole({
    texts: ENGLISH,
    labels: ["a", "b", "c"],
    percent: percentIn("en"),
    model: null,
  });
  const said = (...probabilities: number[]) =>
    headline(
      {
        labelIndex: probabilities.indexOf(Math.max(...probabilities)),
        probabilities,
      } as unknown as Prediction,
      style,
    );
  expect(headline(null, style)).toBe("");
  expect(said(0.1, 0.3, 0.6)).toBe("c, then b");
  expect(said(0.9996, 0.0003, 0.0001)).toBe("a, nothing else comes close");
  expect(said(0.9994, 0.0006, 0)).toBe("a, then b");
});

test("below it stands how often such answers are right, or that the drawing is unlike all that the model knows", () => {
  const labels = Array.from({ length: 10 }, (_, digit) => String(digit));
  const manifest = { noun: "digit", labels, preprocess: null } as unknown as Model["manifest"];
  const said = (judgement: object | null, { manifest: of = manifest, language = "" } = {}) => {
    const texts = language === "" ? ENGLISH : { ...ENGLISH, ...translated(language, of.noun) };
    const style = whole({
      texts,
      labels: ["a", "b"],
      percent: percentIn("en"),
      model: { manifest: of },
    });
    return trust(judgement, of, style);
  };
  expect(said(null)).toBe("");
  expect(said({})).toBe(""); // not known yet
  expect(said({ confidence: null, familiarity: null })).toBe("");
  const judgement = { confidence: 0.9, familiarity: { distance: 0.5, isFamiliar: true } };
  expect(said(judgement)).toBe("If it is a digit, it is right 9 times in 10");
  expect(said(judgement, { language: "de" })).toBe("Ist es eine Ziffer, stimmt das 9-mal von 10");
  // Confidence of other models is that in images.
  const photos = {
    labels,
    preprocess: { drawing: [{ step: "rgb" }], image: [] },
  } as unknown as Model["manifest"];
  for (const other of [
    photos,
    { ...manifest, labels: ["a", "b"] },
    { ...manifest, noun: "shape" },
  ]) {
    expect(said(judgement, { manifest: other })).toBe("9 in 10 images like this are recognised");
  }
  const unlike = { confidence: 0.99, familiarity: { distance: 1.5, isFamiliar: false } };
  expect(said(unlike)).toBe("This does not look like any digit I know");
  expect(said(unlike, { language: "fr" })).toBe("Je ne connais aucun chiffre pareil");
  expect(said(unlike, { manifest: photos })).toBe("This does not look like anything I know");
});
