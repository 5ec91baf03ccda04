import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Manifest } from "../runtime/manifest.ts";
import { chooseLanguage } from "./language.ts";
import { difference, drawWhat, oneTestImage, pageWords, task, type PageWords } from "./words.ts";

interface Case {
  readonly manifest: Pick<Manifest, "title" | "noun" | "linear"> & { readonly data: string };
  readonly words: PageWords;
}

const path = new URL("../../../tests/fixtures/page_words.json", import.meta.url);
const CASES = JSON.parse(readFileSync(path, "utf8")) as readonly Case[];

const TEN = Array.from("0123456789");
const image = { height: 28, width: 28, channels: 1 };
const facts = { preprocess: null, data: null, labels: TEN, input: { image } };
const of = (more: object): Manifest => ({ ...({} as Manifest), ...(facts as object), ...more });
const photos = { preprocess: { drawing: [{ step: "rgb", background: 1 }], image: [] } };
const [mnist, own] = [{ data: { name: "mnist" } }, { data: { name: "shapes" } }];

test.each(CASES)("JavaScript and Python find the same words: $manifest", ({ manifest: { data, ...facts }, words }) => {
  expect(pageWords(of({ ...facts, data: { name: data } }), facts.linear)).toEqual(words);
});

test("a page of photos asks for one, under its own title if it has one", () => {
  expect(pageWords(of(photos), false).title).toBe("Choose a picture. See what a model makes of it.");
  expect(pageWords(of({ ...photos, title: "Cats", noun: "cat" }), false)).toEqual({
    title: "Cats",
    heading: "Cats",
    description: "Choose a picture. See what a model makes of it. Nothing leaves this page.",
    promise: "Choose a picture. See what a model makes of it. Nothing leaves this page.",
  });
});

test("the prompt names what is drawn, where that is known, and the number of the model's numbers has its article", () => {
  expect([{ noun: "shape" }, mnist, own].map((facts) => task(of({ labels: ["0", "1"], ...facts })))).toEqual([
    "Draw a shape",
    "Draw a digit",
    "Draw one of these",
  ]);
  const title = (side: number, classes: number) =>
    pageWords(of({ ...mnist, labels: TEN.slice(0, classes), input: { image: { ...image, height: side } } }), true)
      .title;
  expect(title(28, 10)).toContain("a 7,850-number model");
  expect(title(4, 8)).toContain("a 904-number model");
  expect(title(10, 3)).toContain("an 843-number model");
  expect(title(39, 10)).toContain("a 10,930-number model");
});

test("in German the known nouns have their gender, and others are left out", async () => {
  await chooseLanguage("?lang=de", []);
  const titles = [mnist, { noun: "letter" }, { noun: "zebra" }, own, photos].map(
    (facts) => pageWords(of(facts), facts !== photos).title,
  );
  await chooseLanguage("?lang=en", []);
  const why = "Sieh, warum ein Modell aus 7.850 Zahlen so antwortet.";
  expect(titles).toEqual([
    `Zeichne eine Ziffer. ${why}`,
    `Zeichne einen Buchstaben. ${why}`,
    `Zeichne etwas. ${why}`,
    `Zeichne etwas. ${why}`,
    "Wähle ein Bild. Sieh, was ein Modell darin erkennt.",
  ]);
});

test("one image of the test set is called by its noun, and only MNIST's consists of forms that people wrote on", () => {
  expect([{ noun: "shape" }, mnist, own].map((facts) => oneTestImage(of(facts)))).toEqual([
    "Test shape",
    "Test digit",
    "Test image",
  ]);
  expect(difference(of(mnist))).toContain("writing on the forms");
  for (const facts of [own, photos, {}]) expect(difference(of(facts))).not.toMatch(/writ|form/);
  expect(drawWhat(of(own))).toBe("Draw");
});
