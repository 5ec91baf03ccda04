import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { textAt } from "./catalogue.ts";
import { en } from "./languages/en.ts";
import { filled } from "./pages.ts";

const read = (page: string) => filled(readFileSync(new URL(`../../${page}.html`, import.meta.url), "utf8"));
/** Start tags with the text that follows them. */
const elementsOf = (page: string) =>
  Array.from(read(page).matchAll(/<\w+((?:[^>"]|"[^"]*")*)>([^<]*)/g), ([, attributes = "", text = ""]) => ({
    attribute: (name: string) => new RegExp(`\\s${name}="([^"]*)"`).exec(attributes)?.[1],
    text: text.trim().replace(/\s+/g, " "),
  }));

test.each(["index", "quality", "own", "embed"])(
  "until the script runs, %s.html says what the catalogue says",
  (page) => {
    let places = 0;
    for (const { attribute, text } of elementsOf(page)) {
      const [say, label, role, content] = ["data-say", "data-label", "data-role", "data-content"].map(attribute);
      if (say !== undefined) expect(text).toBe(textAt(say, en).trim());
      if (label !== undefined) expect(attribute("aria-label")).toBe(textAt(label, en));
      if (role !== undefined) expect(attribute("aria-roledescription")).toBe(textAt(role, en));
      if (content !== undefined) expect(attribute("content")).toBe(textAt(content, en));
      places += [say, label, role, content].filter((path) => path !== undefined).length;
    }
    expect(places).toBeGreaterThan(10);
  },
);

test("a name that is not in the catalogue is refused", () => {
  expect(() => textAt("draw.nothing", en)).toThrow(/Received: draw\.nothing/);
  expect(() => textAt("draw.place", en)).toThrow();
});
