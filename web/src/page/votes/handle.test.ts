import { expect, test } from "vitest";
import { keyed } from "./handle.ts";
import { domainOf } from "./line-layout.ts";

const domain = domainOf([-10, 10]); // -15..15, a tick every 5

test.each([
  ["ArrowRight", 2.25],
  ["ArrowUp", 2.25],
  ["ArrowLeft", 1.75],
  ["ArrowDown", 1.75],
  ["PageUp", 7],
  ["PageDown", -3],
  ["Home", -15],
  ["End", 15],
  ["Enter", null],
  ["constructor", null],
])("%s leads from 2 to %j", (key, value) => {
  expect(keyed({ domain, value: 2 }, key)).toBe(value);
});

test("no key leads beyond the ends", () => {
  expect(keyed({ domain, value: 14.9 }, "ArrowRight")).toBe(15);
  expect(keyed({ domain, value: -14 }, "PageDown")).toBe(-15);
});
