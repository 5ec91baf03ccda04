import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import * as table from "./describe.ts";
import { SketchClassifierElement } from "./element.ts";
import { MEMBERS } from "./control.ts";
import { ENGLISH, LATER } from "./texts.ts";

const names = (rows: object): string[] => Object.keys(rows).sort();

test("the table lists exactly the attributes, texts and custom properties that exist", () => {
  expect(names(table.ATTRIBUTES)).toEqual([...SketchClassifierElement.observedAttributes].sort());
  expect(names(table.TEXTS)).toEqual(names({ ...ENGLISH, ...LATER }));
  const css = readFileSync(new URL("element.css", import.meta.url), "utf8");
  expect(names(table.CSS_PROPERTIES)).toEqual([...new Set(css.match(/--sketch-[a-z]+/g))].sort());
});

test("the table's properties and methods are those of the element", () => {
  const own = Object.getOwnPropertyDescriptors(SketchClassifierElement.prototype);
  const called = names(own).filter((name) => typeof own[name]?.value === "function");
  const forBrowsers = /^constructor$|^focus$|Callback$/;
  const ofForms = names(table.METHODS).filter((name) => MEMBERS.includes(name as never));
  expect(names(table.METHODS)).toEqual(
    [...called.filter((name) => !forBrowsers.test(name)), ...ofForms].sort(),
  );
  const reflected = Object.keys(table.ATTRIBUTES).filter((name) => !name.startsWith("value"));
  const accessors = names(own).filter(
    (name) => own[name]?.get && !reflected.includes(name.toLowerCase()),
  );
  const others = MEMBERS.filter((name) => !ofForms.includes(name));
  expect(names(table.PROPERTIES)).toEqual(["fetch", ...accessors, ...others].sort());
  for (const name of reflected) expect(own).toHaveProperty(name === "readonly" ? "readOnly" : name);
});

test("docs/embedding.md has the tables: npm run docs writes them", async () => {
  const path = fileURLToPath(new URL("../../../docs/embedding.md", import.meta.url));
  const part = /(<!-- from web\/src\/embed\/describe\.ts.* -->\n)[^]*(?=<!-- end -->)/;
  const renewed = readFileSync(path, "utf8").replace(
    part,
    (_, start: string) => `${start}\n${table.tables("###")}\n\n`,
  );
  await expect(renewed).toMatchFileSnapshot(path);
});
