import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { withIncludes } from "./pages.ts";
import { textAt } from "./translate.ts";

const read = (page: string) => withIncludes(readFileSync(new URL(`../../${page}.html`, import.meta.url), "utf8"));
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
      if (say !== undefined) expect(text).toBe(textAt(say).trim());
      if (label !== undefined) expect(attribute("aria-label")).toBe(textAt(label));
      if (role !== undefined) expect(attribute("aria-roledescription")).toBe(textAt(role));
      if (content !== undefined) expect(attribute("content")).toBe(textAt(content));
      places += [say, label, role, content].filter((path) => path !== undefined).length;
    }
    expect(places).toBeGreaterThan(10);
  },
);

test("a name that is not in the catalogue is refused", () => {
  expect(() => textAt("draw.nothing")).toThrow(/Received: draw\.nothing/);
  expect(() => textAt("draw.place")).toThrow();
});
