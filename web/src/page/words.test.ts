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

const of = (more: object): Manifest => ({ ...({} as Manifest), preprocess: null, data: null, ...more });
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

test("the prompt names what is drawn, where that is known; numbers of classes need not be digits", () => {
  expect([{ noun: "shape" }, mnist, own].map((facts) => task(of({ labels: ["0", "1"], ...facts })))).toEqual([
    "Draw a shape",
    "Draw a digit",
    "Draw one of these",
  ]);
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
