import { expect, test } from "vitest";
import { kilobytes, percent, signed, tiny, whole } from "./format.ts";

test("percentages never claim more certainty than there is", () => {
  expect(percent(0)).toBe("0.0\u00a0%");
  expect(percent(0.12345)).toBe("12.3\u00a0%");
  expect(percent(0.9994)).toBe(">99.9\u00a0%");
  expect(percent(0.99999)).toBe(">99.9\u00a0%");
  expect(percent(1)).toBe("100\u00a0%");
  expect(percent(0.95, 0)).toBe("95\u00a0%");
});

test("signed numbers have a real minus sign, 0 has none, and small numbers keep two significant digits", () => {
  expect(signed(1.005)).toBe("+1.00");
  expect(signed(-12.345)).toBe("\u221212.35");
  expect(signed(-0.001)).toBe("0.00");
  expect(tiny(4.2e-7)).toBe("0.00000042");
  expect(tiny(0.0123)).toBe("0.012");
  expect(tiny(0)).toBe("0");
});

test("counts and sizes are grouped", () => {
  expect([999.4, 999.5, 10000, 1234567].map(whole)).toEqual([
    "999",
    "1,000",
    "10,000",
    "1,234,567",
  ]);
  expect(kilobytes(15_701)).toBe("16\u00a0KB");
});
