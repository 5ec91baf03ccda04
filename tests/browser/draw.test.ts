// Drawing on the pad with the keyboard, and more than a frame can paint, in a real browser.
// SITE_DIR as in scenario.ts.
import type { KeyInput } from "puppeteer-core";
import { expect, test } from "vitest";
import { inChromium, inEveryBrowser } from "./scenario.ts";

const times = (count: number, ...keys: KeyInput[]) =>
  Array.from({ length: count }, () => keys).flat();

inEveryBrowser((stage) => {
  test("the keyboard alone draws: a 7 is recognized, read out, undone and cleared, and nothing scrolls", async () => {
    await stage.open();
    await stage.keys("Tab", "Enter"); // the link that skips the navigation
    expect(await stage.page.$(".pad-canvas:focus-visible")).not.toBeNull();
    await expect.poll(() => stage.isShown(".pad-keys")).toBe(true);
    await expect.poll(() => stage.isShown(".pad-cursor")).toBe(true);
    expect(await stage.axeFindings()).toEqual([]);

    await stage.keys(" ");
    await expect.poll(() => stage.isShown(".pad-keys")).toBe(false); // it would be in the way
    await stage.says(".pad-place", "Row 15, column 15, drawing");
    await stage.keys("Escape");
    await stage.says(".pad-place", "Row 15, column 15");
    await expect.poll(() => stage.isShown(".undo[aria-disabled=true]")).toBe(false);
    await stage.keys("Delete");
    await expect.poll(() => stage.shares()).toEqual([]);

    // A 7 from the middle of the pad: one stroke with two corners.
    await stage.keys(...times(8, "ArrowUp"), ...times(6, "ArrowLeft"), " ");
    await stage.keys("Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight"); // 12 cells
    await stage.keys(...times(6, "ArrowDown", "ArrowDown", "ArrowDown", "ArrowLeft"), " ");
    await stage.says(".glyph", "7");
    await expect.poll(() => stage.hash()).toMatch(/^#drawing=/);
    await stage.says(".spoken", /^7, /);
    expect(await stage.page.evaluate(() => scrollY)).toBe(0);
    const drawn = await stage.shares();
    await stage.keys("Backspace");
    await expect.poll(() => stage.shares()).toEqual([]);
    await stage.keys("Control+z");
    await stage.expectShares(drawn);
    await stage.keys("Control+z");
    await expect.poll(() => stage.shares()).toEqual([]);
  });
});

inChromium((stage) => {
  test("a stroke shows at once, also on a drawing of more points than a frame can paint", async () => {
    stage.mayComplain = /willReadFrequently/; // of the test itself, which reads canvases back
    await stage.open();
    const [{ x, y, width }, { mouse }] = [await stage.boxOf(".pad-canvas"), stage.page];
    const from = (across: number, down: number) => mouse.move(x + across * width, y + down * width);
    await from(0.1, 0.2);
    await mouse.down();
    await mouse.move(x + 0.9 * width, y + 0.2 * width, { steps: 700 });
    await mouse.up();
    await from(0.2, 0.7);
    await mouse.down();
    await from(0.8, 0.7);
    await stage.nextFrame();
    const opacities = await stage.page.$eval(".pad-canvas", (pad) => {
      const { width } = pad as HTMLCanvasElement;
      const context = (pad as HTMLCanvasElement).getContext("2d")!;
      return [0.2, 0.7].map((down) => context.getImageData(width / 2, down * width, 1, 1).data[3]);
    });
    await mouse.up();
    expect(opacities).toEqual([255, 255]);
  });
});
