// Drawing on the pad with the keyboard, in a real browser. SITE_DIR as in scenario.ts.
import { expect, test } from "vitest";
import { answer, axeFindings, expectSame, follow, hash, isOff, open, page, press } from "./drawing.ts";
import { seen, settings, shares, stage } from "./drawing.ts";
import { DIGITS, draw, mouse, typeSeven } from "./hand.ts";
import { isShown, says } from "./panel.ts";
import { DESKTOP, inChromium, inEveryBrowser, until } from "./scenario.ts";

declare global {
  /** How often the style of an element was asked for. */
  var reads: number;
}

inEveryBrowser((played) => {
  follow(played);

  test("the keyboard alone draws: a 7 is recognized, read out, undone and cleared, and nothing scrolls", async () => {
    await open(DESKTOP);
    await page.keyboard.press("Tab"); // to the link that skips the navigation
    await page.keyboard.press("Enter");
    expect(await page.$(".pad-canvas:focus-visible")).not.toBeNull();
    expect(await isShown(stage, ".pad-keys")).toBe(true);
    expect(await isShown(stage, ".pad-cursor")).toBe(true);
    expect(await axeFindings()).toEqual([]);

    await page.keyboard.press(" ");
    expect(await isShown(stage, ".pad-keys")).toBe(false); // it would be in the way
    await says(stage, ".pad-place", "Row 15, column 15, drawing");
    await page.keyboard.press("Escape");
    await says(stage, ".pad-place", "Row 15, column 15");
    expect(await isOff(".undo")).toBe(false);
    await page.keyboard.press("Delete");
    expect(await shares()).toEqual([]);

    await typeSeven(page);
    expect(await answer()).toBe("7");
    expect(await hash()).toMatch(/^#drawing=/);
    await says(stage, ".spoken", /^7, /);
    expect(await page.evaluate(() => scrollY)).toBe(0);
    const drawn = await shares();
    await page.keyboard.press("Backspace");
    expect(await shares()).toEqual([]);
    await press("Control+z");
    expectSame(await shares(), drawn);
    await press("Control+z");
    expect(await shares()).toEqual([]);

    // A stroke ends when the focus goes, and a pointer takes over.
    await page.goto("about:blank");
    await open(DESKTOP);
    await page.focus(".pad-canvas");
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowDown");
    expect(await hash()).toBe(""); // written at the end of a stroke
    await page.keyboard.press("Tab");
    expect(await hash()).toMatch(/^#drawing=/);
    await page.focus(".pad-canvas");
    await page.keyboard.press("Enter");
    await draw(page, mouse(page), DIGITS["1"]);
    await page.keyboard.press("ArrowDown"); // the pen is up: moves, draws nothing
    const after = await hash();
    for (let strokes = 3; strokes > 0; strokes--) {
      expect(await isOff(".undo")).toBe(false);
      await press("Control+z");
    }
    expect(await isOff(".undo")).toBe(true);
    expect(after).not.toBe("");
    expect(await hash()).toBe("");
    expect(seen.complaints).toEqual([]);
  });
}, settings);

inChromium((played) => {
  follow(played);

  test("while a stroke is drawn no style is read: that would lay out the page once more in each frame", async () => {
    await open({ ...DESKTOP, height: 600 });
    await page.evaluate(() => {
      const read = window.getComputedStyle.bind(window);
      Object.assign(window, {
        reads: 0,
        getComputedStyle: (...asked: Parameters<typeof read>) => {
          window.reads += 1;
          return read(...asked);
        },
      });
    });
    let reads = 0;
    const count = () => page.evaluate(() => window.reads);
    await draw(page, mouse(page), [DIGITS["2"][0].slice(0, 3)]); // the first point asks for the colour
    const before = await count();
    await draw(page, mouse(page), DIGITS["2"], async () => {
      reads = await count();
    });
    expect(before).toBeGreaterThan(0); // else nothing was counted
    expect(reads - before).toBeLessThanOrEqual(1);

    // Who draws with the mouse scrolls with the arrow keys.
    await page.keyboard.press("ArrowDown");
    await until(() => page.evaluate(() => scrollY > 0));
  });
}, settings);
