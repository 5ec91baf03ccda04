// The first ten seconds: what somebody sees who arrives, before and while they touch anything.
// SITE_DIR as in scenario.ts.
import { expect, test } from "vitest";
import { inChromium, inChromiumAlone, inEveryBrowser, PHONE, type Stage } from "./scenario.ts";

const SMALL_PHONE = { ...PHONE, width: 360, height: 640 };

/**
 * The page's own digit is drawn and read: half drawn it may have been a 3 already, and a 2
 * afterwards.
 */
const sampled = (stage: Stage) =>
  stage.until(() => {
    const share = document.querySelector(".winner .bar-value")?.textContent ?? "";
    const seen = (globalThis as { seen?: { readonly share: string; readonly since: number } }).seen;
    if (seen?.share !== share)
      Object.assign(globalThis, { seen: { share, since: performance.now() } });
    return (
      document.querySelector(".pad.sample") !== null &&
      document.querySelector(".glyph")?.textContent === "3" &&
      Number.parseFloat(share.replace(">", "")) > 60 &&
      seen?.share === share &&
      performance.now() - seen.since > 300
    );
  });

inEveryBrowser((stage) => {
  test("the first stop of the Tab key leads past the navigation to the pad; the ten digits are one stop, with arrow keys", async () => {
    await stage.open({ query: "#gets" });
    await stage.appears(".rail .stage"); // the drawing has come along
    await stage.page.evaluate(() => {
      (document.activeElement as HTMLElement | null)?.blur();
      document.body.tabIndex = -1;
      document.body.focus();
    });
    await stage.page.keyboard.press("Tab");
    const skip = await stage.boxOf(".skip");
    expect(await stage.page.evaluate(() => document.activeElement?.className)).toBe("skip");
    expect(skip.top).toBeGreaterThanOrEqual(0);
    await stage.page.keyboard.press("Enter");
    expect(await stage.page.evaluate(() => document.activeElement?.className)).toBe("pad-canvas");
    await expect.poll(() => stage.hash()).toBe("#gets");

    const focused = () =>
      stage.page.evaluate(() => document.querySelector(":focus > .bar-label")?.textContent);
    const stops: string[] = [];
    for (let tabs = 0; tabs < 8; tabs++) {
      await stage.page.keyboard.press("Tab");
      const label = await focused();
      if (label != null) stops.push(label);
    }
    expect(stops).toEqual(["0"]);
    await stage.page.focus(".bar");
    await stage.keys("ArrowDown");
    // which key leads where is decided in web/src/page/roving.test.ts
    await expect.poll(() => focused()).toBe("1");
  });

  test("a stroke that goes back and forth has the same edges as one that goes once", async () => {
    stage.mayComplain = /willReadFrequently/; // of the test itself, which reads canvases back
    await stage.open();
    const line = [
      [0.2, 0.3],
      [0.4, 0.42],
      [0.6, 0.54],
      [0.8, 0.66],
    ] as const;
    const back = [...line].reverse();
    const alphas = () =>
      stage.page.$eval(".pad-canvas", (element) => {
        const canvas = element as HTMLCanvasElement;
        const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
        return Array.from(data.filter((_, index) => index % 4 === 3)).reduce(
          (sum, alpha) => sum + alpha / 255,
          0,
        );
      });
    await stage.draw([line]);
    const once = await alphas();
    await stage.page.click(".clear");
    await stage.draw([[...line, ...back, ...line]]);
    const often = await alphas();
    expect(once).toBeGreaterThan(1000);
    expect(Math.abs(often - once) / once).toBeLessThan(0.004);
  });
});

inChromium((stage) => {
  test("a digit is drawn and read, and gives way to a stroke or a key, but not to the Tab key or to scrolling", async () => {
    await stage.visit();
    await sampled(stage);
    await stage.says(".pad-hint", "Your turn: draw here");
    await expect.poll(() => stage.isShown(".undo[aria-disabled=true]")).toBe(true);
    await expect.poll(() => stage.hash()).toBe("");
    expect(await stage.axeFindings()).toEqual([]);
    // longer than any other drawing rests before it is announced
    await new Promise((resume) => setTimeout(resume, 900));
    await stage.says(".spoken", "");
    await stage.page.evaluate(() => {
      scrollBy(0, 100);
    });
    await stage.page.focus(".pad-canvas");
    await stage.page.keyboard.press("Tab");
    await stage.says(".glyph", "3");
    await stage.page.focus(".pad-canvas");
    await stage.page.keyboard.press("ArrowLeft");
    await stage.says(".glyph", "");
    await expect.poll(() => stage.colours(".pad-canvas")).toBe(1);

    await stage.page.goto("about:blank");
    await stage.visit();
    await sampled(stage);
    await stage.drawDigit("1");
    await stage.says(".glyph", "1"); // it would not be with a 3 below
    expect(await stage.page.$(".pad.sample")).toBeNull();
    await stage.page.click(".undo");
    await stage.says(".glyph", "");
    await expect.poll(() => stage.isShown(".undo[aria-disabled=true]")).toBe(true);
  });

  test("the navigation stays in sight, shows where one is, and scrolls within itself", async () => {
    await stage.open();
    const current = () =>
      stage.page.$$eval(".parts-nav [aria-current]", (links) =>
        links.map((link) => link.getAttribute("href")),
      );
    await expect.poll(() => current()).toEqual(["#draw"]);
    await stage.press(".parts-nav a[href='#doubt']");
    await stage.until(
      () =>
        document.querySelector<HTMLAnchorElement>(".parts-nav [aria-current]")?.hash === "#doubt",
    );
    await stage.until(() => {
      const row = document.querySelector(".parts-nav")!.getBoundingClientRect();
      const link = document.querySelector(".parts-nav [aria-current]")!.getBoundingClientRect();
      return row.bottom < 60 && link.left >= row.left && link.right <= row.right;
    });
    expect(await stage.overflow()).toBe(0);
  });
});

// WebKit’s window is no narrower than 447 pixels.
inChromiumAlone((stage) => {
  test("the pad is in the first window of a phone, with room to scroll beside it", async () => {
    for (const phone of [SMALL_PHONE, PHONE]) {
      await stage.visit({ viewport: phone });
      await sampled(stage);
      const pad = await stage.boxOf(".pad");
      expect(pad.width).toBeGreaterThanOrEqual(240);
      expect(pad.bottom).toBeLessThanOrEqual(phone.height);
      if (phone === PHONE)
        expect((await stage.boxOf(".bars")).bottom).toBeLessThanOrEqual(phone.height);
      expect((await stage.boxOf(".headline")).bottom).toBeLessThanOrEqual(phone.height);
      expect(pad.height).toBeLessThan(0.55 * phone.height); // above and below it a finger scrolls
      expect(await stage.page.$eval(".rail", (rail) => getComputedStyle(rail).touchAction)).toBe(
        "auto",
      );
      expect(await stage.overflow()).toBe(0);
    }
  });
});
