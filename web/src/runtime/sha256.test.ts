import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { sha256 } from "./sha256.ts";

const reference = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test("equals node:crypto at every length around the block size, and far beyond it", () => {
  for (const length of [...Array(131).keys(), 5000]) {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 7 + length) % 256);
    expect(hex(sha256(bytes))).toBe(reference(bytes));
  }
});

test("leaves its argument as it is and reads views into larger buffers", () => {
  const bytes = new Uint8Array(100).fill(3).subarray(17, 42);
  expect(hex(sha256(bytes))).toBe(reference(bytes));
  expect(bytes).toEqual(new Uint8Array(25).fill(3));
});
