// Drawing on the pad with the keyboard, in a real browser. SITE_DIR as in scenario.ts.
import type { KeyInput } from "puppeteer-core";
import { expect, test } from "vitest";
import {
  drawDigit,
  expectShares,
  hashOf,
  isOff,
  isShown,
  keys,
  openPage,
  pressControl,
  says,
  shares,
} from "./panel.ts";
import { inEveryBrowser } from "./scenario.ts";

const times = (count: number, ...keys: KeyInput[]) => Array.from({ length: count }, () => keys).flat();

inEveryBrowser((stage) => {
  test("the keyboard alone draws: a 7 is recognized, read out, undone and cleared, and nothing scrolls", async () => {
    await openPage(stage);
    await keys(stage, "Tab", "Enter"); // the link that skips the navigation
    expect(await stage.page.$(".pad-canvas:focus-visible")).not.toBeNull();
    await expect.poll(() => isShown(stage, ".pad-keys")).toBe(true);
    await expect.poll(() => isShown(stage, ".pad-cursor")).toBe(true);
    expect(await stage.axeFindings()).toEqual([]);

    await keys(stage, " ");
    await expect.poll(() => isShown(stage, ".pad-keys")).toBe(false); // it would be in the way
    await says(stage, ".pad-place", "Row 15, column 15, drawing");
    await keys(stage, "Escape");
    await says(stage, ".pad-place", "Row 15, column 15");
    await expect.poll(() => isOff(stage, ".undo")).toBe(false);
    await keys(stage, "Delete");
    await expect.poll(() => shares(stage)).toEqual([]);

    // A 7 from the middle of the pad: one stroke with two corners.
    await keys(stage, ...times(8, "ArrowUp"), ...times(6, "ArrowLeft"), " ");
    await stage.page.keyboard.down("Shift");
    await keys(stage, ...times(3, "ArrowRight")); // 12 cells
    await stage.page.keyboard.up("Shift");
    await keys(stage, ...times(6, "ArrowDown", "ArrowDown", "ArrowDown", "ArrowLeft"), " ");
    await says(stage, ".glyph", "7");
    await expect.poll(() => hashOf(stage)).toMatch(/^#drawing=/);
    await says(stage, ".spoken", /^7, /);
    expect(await stage.page.evaluate(() => scrollY)).toBe(0);
    const drawn = await shares(stage);
    await keys(stage, "Backspace");
    await expect.poll(() => shares(stage)).toEqual([]);
    await pressControl(stage, "z");
    await expectShares(stage, drawn);
    await pressControl(stage, "z");
    await expect.poll(() => shares(stage)).toEqual([]);

    // A stroke ends when the focus goes, and a pointer takes over.
    await stage.page.goto("about:blank");
    await openPage(stage);
    await stage.page.focus(".pad-canvas");
    await keys(stage, "Enter", "ArrowDown");
    await expect.poll(() => hashOf(stage)).toBe(""); // written at the end of a stroke
    await keys(stage, "Tab");
    await expect.poll(() => hashOf(stage)).toMatch(/^#drawing=/);
    await stage.page.focus(".pad-canvas");
    await keys(stage, "Enter");
    await drawDigit(stage, "1");
    await keys(stage, "ArrowDown"); // the pen is up: moves, draws nothing
    const after = await hashOf(stage);
    for (let strokes = 3; strokes > 0; strokes--) {
      await expect.poll(() => isOff(stage, ".undo")).toBe(false);
      await pressControl(stage, "z");
    }
    await expect.poll(() => isOff(stage, ".undo")).toBe(true);
    expect(after).not.toBe("");
    await expect.poll(() => hashOf(stage)).toBe("");
    expect(stage.seen.complaints).toEqual([]);
  });
});
