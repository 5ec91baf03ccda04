import { afterEach, expect, test } from "vitest";
import { fixed, percent, whole } from "./format.ts";
import { addressIn, chooseLanguage, say, spoken } from "./language.ts";
import { de } from "./languages/de.ts";
import { en } from "./languages/en.ts";

afterEach(async () => {
  await chooseLanguage("?lang=en", []);
});

test.each([
  [["de-AT", "en"], "de"],
  [["xx", "de"], "de"],
  [["en-US", "de"], "en"],
  [["xx", "constructor"], "en"],
  [[], "en"],
])("of %j the page speaks %s", (wanted, language) => {
  expect(spoken(wanted)).toBe(language);
});

test("the address comes before the browser, and keeps the model and the drawing", async () => {
  expect(await chooseLanguage("?lang=de", ["en"])).toBe("de");
  expect(say).toBe(de);
  expect(await chooseLanguage("?lang=en", ["de"])).toBe("en");
  expect(say).toBe(en);
  expect(addressIn("de", "https://a.example/?model=b&lang=en#drawing=1gA")).toBe(
    "https://a.example/?model=b&lang=de#drawing=1gA",
  );
});

test("numbers are written in the language", async () => {
  expect([percent(0.9234), whole(7850), fixed(0.5, 2)]).toEqual(["92.3\u00a0%", "7,850", "0.50"]);
  await chooseLanguage("?lang=de", []);
  expect([percent(0.9234), whole(7850), fixed(0.5, 2)]).toEqual(["92,3\u00a0%", "7.850", "0,50"]);
});

const files = import.meta.glob<Record<string, object>>(["./languages/*.ts", "!./languages/en*.ts"]);

test.each(Object.entries(files))(
  "%s has all words under its own code, and none is empty",
  async (path, load) => {
    const keysOf = (words: object, prefix = ""): string[] =>
      Object.entries(words).flatMap(([key, value]: [string, unknown]) => {
        if (value === "") throw new Error(`${prefix}${key} is empty`);
        return typeof value === "object" ? keysOf(value!, `${prefix}${key}.`) : [`${prefix}${key}`];
      });
    const all = await load();
    expect(`./languages/${Object.keys(all).join()}.ts`).toBe(path);
    expect(keysOf(Object.values(all)[0]!)).toEqual(keysOf(en));
  },
);
