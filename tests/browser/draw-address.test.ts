// A drawing in the address: kept, shared, brought back, read by another model. SITE_DIR as in scenario.ts.
import { expect, test } from "vitest";
import { drawDigit, expectShares, goBack, goTo, hashOf, isShown, openPage, pixelsOf, says, shares } from "./panel.ts";
import { inChromium, inEveryBrowser } from "./scenario.ts";
import { copyOfSite, on } from "./site.ts";

/** A model more: not linear, of other pictures and labels. */
const settings = on(() => copyOfSite({ letters: "cnn layers uint16" }));

inEveryBrowser((stage) => {
  test("a drawing comes back with the address, here and on another screen, with the same probabilities", async () => {
    await openPage(stage, { digit: "4" });
    const drawn = await shares(stage);
    const inked = await pixelsOf(stage, ".pad-canvas");
    const before = await stage.page.evaluate(() => location.href);
    expect(before.length).toBeLessThan(stage.host.url.length + 600);
    await stage.page.reload();
    await stage.ready();
    await expectShares(stage, drawn);
    await expect.poll(() => pixelsOf(stage, ".pad-canvas")).toBe(inked);
    expect(await stage.page.evaluate(() => location.href)).toBe(before);

    await stage.page.setViewport({ width: 700, height: 900, deviceScaleFactor: 2 });
    await stage.page.reload();
    await stage.ready();
    await expectShares(stage, drawn);

    // So does a step back in the history.
    await stage.page.goto(`${stage.host.url}models/index.json`);
    await goBack(stage);
    await stage.page.waitForFunction(() => document.querySelector(".bar") !== null); // across a navigation
    await expectShares(stage, drawn);
  });
}, settings);

inChromium((stage) => {
  test("an address that changes changes the drawing, and one that cannot be read does not", async () => {
    await openPage(stage);
    await drawDigit(stage, "7");
    const [seven, drawnSeven] = [await hashOf(stage), await shares(stage)];
    await stage.page.click(".clear");
    await expect.poll(() => hashOf(stage)).toBe("");
    await drawDigit(stage, "0");
    const drawnZero = await shares(stage);
    await goTo(stage, seven);
    await says(stage, ".glyph", "7");
    await expectShares(stage, drawnSeven);
    await stage.page.click(".undo");
    await expectShares(stage, drawnZero);

    // Which texts are drawings is decided in web/src/pad/link.test.ts.
    for (const damaged of ["#drawing=", `${seven}A`, "#drawing=%E0%A4%A", "#test=many", "#test=-1"]) {
      await goTo(stage, damaged);
      await says(stage, ".pad-note", /address/);
      await expectShares(stage, drawnZero);
      await stage.page.click(".clear"); // empties the note too
      await stage.page.click(".undo");
      await expect.poll(() => stage.text(".pad-note")).toBe("");
    }
    await goTo(stage, "#doubt"); // a place on the page
    await stage.nextFrame();
    await expectShares(stage, drawnZero);

    await stage.page.goto("about:blank");
    await openPage(stage, { query: "#drawing=1garbage" });
    await expect.poll(() => shares(stage)).toEqual([]);
    await expect.poll(() => stage.text(".pad-note")).toContain("address");
    expect(await stage.axeFindings()).toEqual([]);
    await drawDigit(stage, "0");
    await expect.poll(() => stage.text(".pad-note")).toBe("");
    expect(stage.seen.complaints).toEqual([]);
  });

  test("another model reads the same drawing: other labels, other pictures, not linear", async () => {
    await openPage(stage);
    await drawDigit(stage, "7");
    const drawn = await shares(stage);
    const inked = await pixelsOf(stage, ".pad-canvas");
    const titles = await stage.page.$$eval(".picker option", (all) => all.map(({ textContent }) => textContent));
    expect(titles).toContain("The letters");
    await stage.page.select(".picker select", "letters");
    await stage.page.waitForFunction(() => document.querySelectorAll(".bar").length === 3);
    await expect.poll(async () => (await shares(stage)).length).toBe(3);
    await expect.poll(() => pixelsOf(stage, ".pad-canvas")).toBe(inked);
    await expect.poll(() => stage.text(".bars")).toContain("c");
    for (const linearOnly of ["#learning", "#votes", ".test-digit"])
      await expect.poll(() => isShown(stage, linearOnly)).toBe(false);
    // No more is promised of a model than it shows.
    await expect.poll(() => stage.text(".promise")).not.toContain("take it apart");
    await expect.poll(() => stage.text("h1")).toBe("Draw");
    expect(await stage.page.evaluate(() => document.title)).toBe("Draw. See how a model reads it while you draw.");
    await stage.page.click(".clear");
    await expect.poll(() => shares(stage)).toEqual([]);
    await expect.poll(() => stage.text(".headline")).toBe("Draw one of these");
    await stage.page.click(".undo");
    const first = await stage.page.$eval(".picker option", (option) => option.value);
    await stage.page.select(".picker select", first);
    await stage.page.waitForFunction(() => document.querySelectorAll(".bar").length > 3);
    await expectShares(stage, drawn);
    await expect.poll(() => stage.text(".promise")).toContain("take it apart");
    expect(await stage.page.evaluate(() => document.title)).toMatch(/^Draw a digit\. See why/);
    expect(stage.seen.complaints).toEqual([]);
  });
}, settings);
