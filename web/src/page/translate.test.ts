import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ATTRIBUTES, textAt } from "./catalogue.ts";
import { en } from "./languages/en.ts";
import { filled } from "./pages.ts";

test.each(["index", "quality", "own", "embed"])(
  "until the script runs, %s.html is in English",
  (page) => {
    const html = filled(readFileSync(new URL(`../../${page}.html`, import.meta.url), "utf8"));
    const elements = Array.from(
      html.matchAll(/<\w+((?:[^>"]|"[^"]*")*)>([^<]*)/g),
      ([, attributes = "", text = ""]) => {
        const named = (name: string) => new RegExp(`\\s${name}="([^"]*)"`).exec(attributes)?.[1];
        const places = Object.entries(ATTRIBUTES).map(([name, attribute]) => [
          named(`data-${name}`),
          named(attribute),
        ]);
        return [[named("data-say"), text], ...places].filter(([path]) => path !== undefined);
      },
    );
    const places = elements.flat();
    expect(places.length).toBeGreaterThan(10);
    for (const [path, text] of places) expect(text).toBe(textAt(path!, en));
  },
);

test("a name that is not in the catalogue is refused", () => {
  expect(() => textAt("draw.nothing", en)).toThrow(/Received: draw\.nothing/);
  expect(() => textAt("draw.place", en)).toThrow();
});
