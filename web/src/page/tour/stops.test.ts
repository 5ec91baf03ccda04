import { expect, test } from "vitest";
import type { Manifest } from "../../runtime/manifest.ts";
import { manifestOf } from "../../testing/published.ts";
import { decodeStrokes } from "../../pad/link.ts";
import { de } from "../languages/de.ts";
import { en } from "../languages/en.ts";
import { DRAWINGS, placeIn, stopsFor } from "./stops.ts";

const DIGITS = Array.from({ length: 10 }, (_, digit) => String(digit));
const manifest = (labels: readonly string[], first = "ink") =>
  ({ ...manifestOf([], 784, labels), preprocess: { drawing: [{ step: first }], image: [] } }) as unknown as Manifest;
const digits = manifest(DIGITS);
const letters = manifest(["A", "B"]);
const everywhere = () => true;

test("every drawing of the tour is one that an address can hold", () => {
  for (const [name, text] of Object.entries(DRAWINGS)) {
    expect(decodeStrokes(text)?.length, name).toBeGreaterThan(0);
  }
});

test("a stop of the seven is left out where its section is, where there are no misread images, and where digits mean nothing", () => {
  expect(stopsFor(digits, true, everywhere)).toHaveLength(7);
  const keys = (...facts: Parameters<typeof stopsFor>) => stopsFor(...facts).map(({ key }) => key);
  expect(keys(digits, true, (id) => id === "draw" || id === "hand")).toEqual(["read", "prepare", "doubt"]);
  expect(keys(digits, false, everywhere)).toEqual(["read", "prepare", "sum", "weights", "doubt"]);
  expect(keys(letters, true, everywhere)).toEqual(["change", "step"]);
  expect(keys(letters, false, everywhere)).toEqual([]);
  expect(keys(manifest(DIGITS, "rgb"), true, everywhere)).toEqual(["change", "step"]);
});

test.each(["#tour", "#tour/", "#tour/x", "#tour/1/2", "#tour/-1", "#drawing=1", ""])("%s is no stop", (hash) => {
  expect(placeIn(hash)).toBeNull();
});

test("every stop has two sentences and a question, in every language", () => {
  for (const { tour } of [en, de]) {
    for (const { text, question } of Object.values(tour.stops)) {
      expect(text.match(/[.:?](?= |$)/g)?.length, text).toBeGreaterThanOrEqual(2);
      expect(question).toContain("?");
    }
  }
});
