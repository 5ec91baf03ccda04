import { expect, test } from "vitest";
import known from "../../../tests/fixtures/page_words.json";
import type { Manifest } from "../runtime/manifest.ts";
import { chooseLanguage } from "./language.ts";
import { difference, drawWhat, oneTestImage, pageWords, task, type PageWords } from "./words.ts";

interface Case {
  readonly manifest: Pick<Manifest, "title" | "noun" | "linear" | "metrics" | "gates"> & {
    readonly data: string;
  };
  readonly words: PageWords;
}

const CASES = known as readonly Case[];

const image = { height: 28, width: 28, channels: 1 };
const facts = { preprocess: null, data: null, labels: Array.from("0123456789"), input: { image } };
const of = (more: object): Manifest => ({ ...({} as Manifest), ...(facts as object), ...more });
const photos = { preprocess: { drawing: [{ step: "rgb", background: 1 }], image: [] } };
const [mnist, own] = [{ noun: "digit", data: { name: "mnist" } }, { data: { name: "shapes" } }];

test.each(CASES)(
  "JavaScript and Python find the same words: $manifest",
  ({ manifest: { data, ...facts }, words }) => {
    expect(pageWords(of({ ...facts, data: { name: data } }), facts.linear)).toEqual(words);
  },
);

test("the prompt names a digit, and does not repeat the heading of other nouns", () => {
  const prompts = [{ noun: "shape" }, mnist, own].map((facts) =>
    task(of({ labels: ["0", "1"], ...facts })),
  );
  expect(prompts).toEqual(["Draw one of these", "Draw a digit", "Draw one of these"]);
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
