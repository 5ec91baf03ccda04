// Pictures on the pad: files and test images. SITE_DIR as in scenario.ts.
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Reference } from "../../web/src/runtime/schema.ts";
import {
  change,
  choose,
  drawDigit,
  expectShares,
  hashOf,
  openPage,
  PICTURES,
  pixelsOf,
  says,
  shares,
} from "./panel.ts";
import { untouched } from "./server.ts";
import { inChromium, inEveryBrowser, PHONE, published } from "./scenario.ts";
import { copyOfSite, on } from "./site.ts";

/** A model more: not linear, of other pictures and labels. */
const settings = on(() => copyOfSite({ letters: "cnn layers uint16" }));

inEveryBrowser((stage) => {
  test("an image is chosen, shown and read as if it were drawn; a stroke on it starts a drawing of its own", async () => {
    await openPage(stage);
    await drawDigit(stage, "0");
    const drawn = await shares(stage);
    const before = await pixelsOf(stage, ".pad-canvas");
    for (const name of ["3-on-cream.png", "3-light-on-dark.png", "3-transparent.png"]) {
      await choose(stage, name);
      await says(stage, ".glyph", "3");
      await expect.poll(() => pixelsOf(stage, ".pad-canvas")).not.toBe(before);
      await expect.poll(() => hashOf(stage)).toBe(""); // the image stays on this device
      await stage.page.click(".undo");
      await expectShares(stage, drawn);
      await expect.poll(() => pixelsOf(stage, ".pad-canvas")).toBe(before);
    }
    await choose(stage, "3.png");
    await says(stage, ".glyph", "3");
    await drawDigit(stage, "7");
    await says(stage, ".glyph", "7");
    await stage.page.click(".undo");
    await says(stage, ".glyph", "3");
    await stage.page.click(".clear");
    await expect.poll(() => shares(stage)).toEqual([]);
    expect(stage.seen.complaints).toEqual([]);
  });
}, settings);

inChromium((stage) => {
  test("a file that is no image is named, and the drawing stays; one without ink claims nothing", async () => {
    await openPage(stage, { viewport: PHONE });
    await drawDigit(stage, "7");
    const drawn = await shares(stage);
    const address = await hashOf(stage);
    for (const name of ["notes.txt", "broken.png"]) {
      await choose(stage, name);
      await says(stage, ".pad-note", new RegExp(name));
    }
    expect(await stage.axeFindings()).toEqual([]);
    await expectShares(stage, drawn);
    await expect.poll(() => hashOf(stage)).toBe(address);
    await stage.page.click(".undo"); // of the stroke: there is nothing else to undo
    await expect.poll(() => shares(stage)).toEqual([]);
    await expect.poll(() => stage.text(".pad-note")).toBe("");
    await choose(stage, "blank.png");
    await says(stage, ".pad-note", /stands out/);
    await expect.poll(() => shares(stage)).toEqual([]);
    expect(stage.seen.complaints).toEqual([]);
  });

  test("a test image is shown with its index, and with its label once the model has answered", async () => {
    const { images } = (await published("reference.json")) as Reference;
    await openPage(stage, { viewport: PHONE });
    await drawDigit(stage, "1");
    const drawn = await shares(stage);
    const indices = new Set<number>();
    for (let turn = 0; turn < 5; turn++) {
      const before = await hashOf(stage);
      await stage.page.click(".test-digit");
      await stage.page.waitForFunction(
        (before) => location.hash !== before && document.querySelector(".pad-caption")?.textContent !== "",
        {},
        before,
      );
      const found = /^Test image (\d+), an? (.+)\. (Right|Wrong)\.$/.exec(await stage.text(".pad-caption"));
      const { index, label } = images.find(({ index }) => index === Number(found?.[1]))!;
      expect(found?.[2]).toBe(String(label));
      expect(found?.[3]).toBe((await stage.answer()).label === found?.[2] ? "Right" : "Wrong");
      await expect.poll(() => hashOf(stage)).toBe(`#test=${index}`);
      indices.add(index);
      if (turn === 0) await says(stage, ".spoken", new RegExp(`Test image ${index},`));
    }
    expect(indices.size).toBeGreaterThan(1);
    expect(await stage.axeFindings()).toEqual([]);

    const [before, caption] = [await shares(stage), await stage.text(".pad-caption")];
    const pad = await hashOf(stage);
    await stage.page.reload();
    await stage.ready();
    await says(stage, ".pad-caption");
    await expectShares(stage, before);
    await expect.poll(() => stage.text(".pad-caption")).toBe(caption);
    await expect.poll(() => hashOf(stage)).toBe(pad);
    await drawDigit(stage, "1"); // a stroke starts afresh
    await expectShares(stage, drawn);
    await expect.poll(() => stage.text(".pad-caption")).toBe("");
    expect(stage.seen.complaints).toEqual([]);
  });

  test("test images that cannot be fetched are no dead end, and one does not stay for a model of other data", async () => {
    await openPage(stage);
    await drawDigit(stage, "7");
    change(stage, /reference\.bin$/, () => null);
    await stage.page.click(".test-digit");
    await says(stage, ".pad-note", /could not be loaded/);
    stage.host.tamper = untouched;
    await stage.page.click(".test-digit");
    await says(stage, ".pad-caption");
    await expect.poll(() => stage.text(".pad-note")).toBe("");

    await stage.page.select(".picker select", "letters");
    await says(stage, ".pad-note", /other data/);
    await expect.poll(() => shares(stage)).toEqual([]);
    await stage.page.click(".undo"); // the drawing from before is for any model
    await expect.poll(async () => (await shares(stage)).length).toBe(3);
    await expect.poll(() => stage.text(".pad-note")).toBe("");
  });
}, settings);

// Only Chromium’s protocol has the window in which a file is chosen.
inEveryBrowser(
  (stage) => {
    test("the button opens the window in which an image is chosen", async () => {
      const { page } = stage;
      await openPage(stage);
      const [chooser] = await Promise.all([page.waitForFileChooser(), page.click(".choose-image")]);
      await chooser.accept([join(PICTURES, "3.png")]);
      await says(stage, ".glyph", "3");
      expect(stage.seen.complaints).toEqual([]);
    });
  },
  { ...settings, only: ["chromium"] },
);
