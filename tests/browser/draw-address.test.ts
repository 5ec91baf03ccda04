// A drawing in the address: kept, shared, brought back, read by another model. SITE_DIR as in
// scenario.ts.
import { expect, test } from "vitest";
import { inChromium, inEveryBrowser, withLetters } from "./scenario.ts";

inEveryBrowser((stage) => {
  test("a drawing comes back with the address, here and on another screen, with the same probabilities", async () => {
    // of the test itself: it reads canvases back, and JSON has no icon
    stage.mayComplain = /willReadFrequently|404/;
    await stage.open({ digit: "4" });
    const drawn = await stage.shares();
    const inked = await stage.pixels(".pad-canvas");
    const before = await stage.page.evaluate(() => location.href);
    expect(before.length).toBeLessThan(stage.host.url.length + 600);
    await stage.reload();
    await stage.expectShares(drawn);
    await expect.poll(() => stage.pixels(".pad-canvas")).toBe(inked);
    expect(await stage.page.evaluate(() => location.href)).toBe(before);

    await stage.page.setViewport({ width: 700, height: 900, deviceScaleFactor: 2 });
    await stage.reload();
    await stage.expectShares(drawn);

    // So does a step back in the history.
    await stage.page.goto(`${stage.host.url}models/index.json`);
    await stage.goBack();
    await stage.until(() => document.querySelector(".bar") !== null); // across a navigation
    await stage.expectShares(drawn);
  });
}, withLetters);

inChromium((stage) => {
  test("a link leads to a stop with its drawing, which the address keeps from stop to stop", async () => {
    await stage.open({ digit: "7" });
    await expect.poll(() => stage.hash()).toMatch(/^#drawing=/);
    const drawing = await stage.hash();
    await stage.page.click('.parts-nav [href="#mind"]');
    await expect.poll(() => stage.hash()).toBe(`${drawing}&stop=mind`);
    await stage.reload();
    await stage.says(".glyph", "7");
    await stage.appears("#mind.filled");
    expect((await stage.placeOf("#mind h2")).y).toBeLessThan(300);
    await stage.page.click('.parts-nav [href="#doubt"]');
    await expect.poll(() => stage.hash()).toBe(`${drawing}&stop=doubt`);
  });

  test("an address that changes changes the drawing, and one that cannot be read does not", async () => {
    await stage.open();
    await stage.drawDigit("7");
    const [drawnSeven, seven] = [await stage.shares(), await stage.hash()];
    await stage.page.click(".clear");
    await expect.poll(() => stage.hash()).toBe("");
    await stage.drawDigit("0");
    const [drawnZero, zero] = [await stage.shares(), await stage.hash()];
    await stage.page.evaluate(`location.hash = "${seven}"`);
    await stage.says(".glyph", "7");
    await stage.expectShares(drawnSeven);
    await stage.page.click(".undo");
    await stage.expectShares(drawnZero);

    // Which texts are drawings is decided in web/src/pad/link.test.ts.
    for (const damaged of [
      "#drawing=",
      `${seven}A`,
      "#drawing=%E0%A4%A",
      "#test=many",
      "#test=-1",
    ]) {
      await stage.page.evaluate(`location.hash = "${damaged}"`);
      await stage.says(".pad-note", /address/);
      await stage.expectShares(drawnZero);
      await stage.page.click(".clear"); // empties the note too
      await stage.says(".pad-note", "");
      await stage.page.click(".undo");
      await expect.poll(() => stage.hash()).toBe(zero);
    }
    await stage.page.evaluate('location.hash = "#doubt"'); // a place on the page
    await stage.nextFrame();
    await stage.expectShares(drawnZero);

    await stage.page.goto("about:blank");
    await stage.open({ query: "#drawing=1garbage" });
    await expect.poll(() => stage.shares()).toEqual([]);
    await expect.poll(() => stage.text(".pad-note")).toContain("address");
    expect(await stage.axeFindings()).toEqual([]);
    await stage.drawDigit("0");
    await stage.says(".pad-note", "");
  });

  test("another model reads the same drawing: other labels, other pictures, not linear", async () => {
    await stage.open();
    await stage.drawDigit("7");
    const drawn = await stage.shares();
    const inked = await stage.pixels(".pad-canvas");
    expect(await stage.texts(".picker option")).toContain("The letters");
    await stage.page.select(".picker select", "letters");
    await stage.until(() => document.querySelectorAll(".bar").length === 3);
    await expect.poll(async () => (await stage.shares()).length).toBe(3);
    await expect.poll(() => stage.pixels(".pad-canvas")).toBe(inked);
    await expect.poll(() => stage.text(".bars")).toContain("c");
    for (const linearOnly of ["#learning", "#votes", ".test-digit"])
      await expect.poll(() => stage.isShown(linearOnly)).toBe(false);
    // No more is promised of a model than it shows: see web/src/page/words.test.ts.
    await expect.poll(() => stage.text(".promise")).not.toContain("take it apart");
    expect(await stage.page.evaluate(() => document.title)).toBe(
      "Draw. See how a model reads it while you draw.",
    );
    await stage.page.select(".picker select", "mnist-softmax");
    await stage.expectShares(drawn);
    await expect.poll(() => stage.text(".promise")).toContain("take it apart");
  });
}, withLetters);
