// The canvas that reads drawings is kept for the next one, unless it became unreadable. Browsers
// are tested elsewhere.
import { expect, test, vi } from "vitest";
import { refusal } from "../testing/refusal.ts";
import { toPixels, type Drawing } from "./pixels.ts";

let made = 0;

/** As much of a canvas as is used: what another origin drew on it makes it unreadable for good. */
class FakeCanvas {
  width: number;
  height: number;
  isTainted = false;

  constructor(width: number, height: number) {
    made++;
    this.width = width;
    this.height = height;
  }

  getContext() {
    return {
      canvas: this,
      drawImage: (source: { readonly isForeign?: boolean }) => {
        this.isTainted ||= source.isForeign === true;
      },
      getImageData: () => {
        if (this.isTainted) throw new Error("SecurityError");
        return {
          data: new Uint8ClampedArray(4 * this.width * this.height),
          width: this.width,
          height: this.height,
        };
      },
    };
  }
}

test("one canvas reads all drawings, but none after an image of another origin", async () => {
  vi.stubGlobal("OffscreenCanvas", FakeCanvas);
  const drawing = (width: number, isForeign = false) =>
    ({ width, height: 2, isForeign }) as unknown as Drawing;
  expect(await toPixels(drawing(3))).toMatchObject({ width: 3, height: 2 });
  expect(await toPixels(drawing(5))).toMatchObject({ width: 5, height: 2 });
  expect(made).toBe(1);
  await expect(toPixels(drawing(3, true))).rejects.toThrow(
    refusal("input", 'Received: "[object Object]". Pass a'),
  );
  expect(await toPixels(drawing(4))).toMatchObject({ width: 4 });
  expect(made).toBe(2);
});
