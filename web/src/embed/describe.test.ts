import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as table from "./describe.ts";
import { SketchClassifierElement } from "./element.ts";
import { ENGLISH } from "./words.ts";

const names = (rows: object): string[] => Object.keys(rows).sort();

test("the table lists exactly the attributes, texts and custom properties that exist", () => {
  expect(names(table.ATTRIBUTES)).toEqual([...SketchClassifierElement.observedAttributes].sort());
  expect(names(table.TEXTS)).toEqual(names(ENGLISH));
  const css = readFileSync(new URL("element.css", import.meta.url), "utf8");
  expect(names(table.CSS_PROPERTIES)).toEqual([...new Set(css.match(/--sketch-[a-z]+/g))].sort());
});

test("the table's properties and methods are those of the element", () => {
  const own = Object.getOwnPropertyDescriptors(SketchClassifierElement.prototype);
  for (const name of names(table.METHODS)) expect(own).toHaveProperty([name, "value"], expect.any(Function));
  const readonly = Object.entries(own).filter(([, property]) => "get" in property && !property.set);
  expect(names(table.PROPERTIES)).toEqual(["fetch", ...readonly.map(([name]) => name)].sort());
});
