import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Manifest } from "../runtime/manifest.ts";
import { difference, drawWhat, oneTestImage, pageWords, task, type PageWords } from "./words.ts";

interface Case {
  readonly manifest: Pick<Manifest, "title" | "noun" | "linear"> & { readonly data: string };
  readonly words: PageWords;
}

const path = new URL("../../../tests/fixtures/page_words.json", import.meta.url);
const CASES = JSON.parse(readFileSync(path, "utf8")) as readonly Case[];

const LABELS = ["circle", "square"];
const of = (more: object): Manifest => ({ ...({} as Manifest), labels: LABELS, preprocess: null, data: null, ...more });
const photos = { preprocess: { drawing: [{ step: "rgb", background: 1 }], image: [] } };
const [mnist, own] = [{ data: { name: "mnist" } }, { data: { name: "shapes" } }];

test.each(CASES)("JavaScript and Python find the same words: $manifest", ({ manifest: { data, ...facts }, words }) => {
  expect(pageWords(of({ ...facts, data: { name: data } }), facts.linear)).toEqual(words);
});

test("a page of photos asks for one, under its own title if it has one", () => {
  expect(pageWords(of(photos), false).title).toBe("Choose a picture, and see what the model makes of it");
  expect(pageWords(of({ ...photos, title: "Cats", noun: "cat" }), false)).toEqual({
    title: "Cats",
    description: "A model says what is in your picture. Nothing leaves this page.",
    promise: "A model says what is in your picture. Nothing leaves this page.",
  });
});

test.each([
  [{ noun: "digit", labels: ["0", "1"] }, "Draw a digit"],
  [{ noun: null, labels: ["0", "1"], ...mnist }, "Draw a digit"],
  [{ noun: "shape" }, "Draw a shape: circle, square"],
  [{ noun: "drawing" }, "Draw one of: circle, square"],
  [{ labels: ["0", "1"], ...own }, "Draw one of: 0, 1"], // numbers of classes, which nobody named
  [{ noun: "animal", labels: Array.from({ length: 13 }, (_, index) => `animal ${index}`) }, "Draw an animal"],
  [{ labels: Array.from({ length: 13 }, (_, index) => `animal ${index}`) }, "Draw one of the answers below"],
])("of %j the prompt is made", (facts, prompt) => {
  expect(task(of(facts))).toBe(prompt);
});

test("one image of the test set is called by its noun", () => {
  expect([{ noun: "shape" }, mnist, own].map((facts) => oneTestImage(of(facts)))).toEqual([
    "Test shape",
    "Test digit",
    "Test image",
  ]);
});

test("only MNIST's test set consists of forms that people wrote on", () => {
  expect(difference(of(mnist))).toContain("writing on the forms");
  for (const facts of [own, photos, {}]) expect(difference(of(facts))).not.toMatch(/writ|form/);
  expect(drawWhat(of(own))).toBe("Draw");
});
