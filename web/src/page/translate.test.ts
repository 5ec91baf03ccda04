import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { en } from "./languages/en.ts";
import { textAt } from "./translate.ts";

const html = readFileSync(new URL("../../index.html", import.meta.url), "utf8");
/** Start tags with the text that follows them. */
const elements = Array.from(html.matchAll(/<\w+((?:[^>"]|"[^"]*")*)>([^<]*)/g), ([, attributes = "", text = ""]) => ({
  attribute: (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1],
  text: text.trim().replace(/\s+/g, " "),
}));

test("until the script runs, index.html says in English what the catalogue says", () => {
  let places = 0;
  for (const { attribute, text } of elements) {
    const [say, label, role] = ["data-say", "data-label", "data-role"].map(attribute);
    if (say !== undefined) expect(text).toBe(textAt(say).trim());
    if (label !== undefined) expect(attribute("aria-label")).toBe(textAt(label));
    if (role !== undefined) expect(attribute("aria-roledescription")).toBe(textAt(role));
    places += [say, label, role].filter((path) => path !== undefined).length;
  }
  expect(places).toBeGreaterThan(10);
});

test("every section of index.html has a name in the navigation, and a name that is not in the catalogue is refused", () => {
  const sections = Array.from(html.matchAll(/<section[^>]*\bid="(\w+)"/g), ([, id]) => id);
  expect(sections.length).toBeGreaterThan(5);
  expect(Object.keys(en.page.sections)).toEqual(sections);
  expect(() => textAt("draw.nothing")).toThrow(/Received: draw\.nothing/);
  expect(() => textAt("draw.place")).toThrow();
});
