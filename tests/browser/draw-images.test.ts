// Pictures on the pad: files and test images. SITE_DIR as in scenario.ts.
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Reference } from "../../web/src/runtime/schema.ts";
import {
  inChromium,
  inChromiumAlone,
  inEveryBrowser,
  PHONE,
  published,
  type Stage,
  withLetters,
} from "./scenario.ts";

/**
 * A digit or none on grounds of several colours, not square, larger than the pad, off its middle;
 * and files that are none.
 */
const PICTURES = join(import.meta.dirname, "hosts/pictures");
/** Choose one of them for the pad. */
const choose = async ({ page }: Stage, name: string): Promise<void> =>
  (await page.$("input.image-file"))!.uploadFile(join(PICTURES, name));

inEveryBrowser((stage) => {
  test("an image is chosen, shown and read as if it were drawn; a stroke on it starts a drawing of its own", async () => {
    await stage.open();
    await stage.drawDigit("0");
    const drawn = await stage.shares();
    const before = await stage.pixels(".pad-canvas");
    for (const name of ["3-on-cream.png", "3-light-on-dark.png", "3-transparent.png"]) {
      await choose(stage, name);
      await stage.says(".glyph", "3");
      await expect.poll(() => stage.pixels(".pad-canvas")).not.toBe(before);
      await expect.poll(() => stage.hash()).toBe(""); // the image stays on this device
      await stage.page.click(".undo");
      await stage.expectShares(drawn);
      await expect.poll(() => stage.pixels(".pad-canvas")).toBe(before);
    }
    await choose(stage, "3.png");
    await stage.says(".glyph", "3");
    await stage.drawDigit("7");
    await stage.says(".glyph", "7");
    await stage.page.click(".undo");
    await stage.says(".glyph", "3");
    await stage.page.click(".clear");
    await expect.poll(() => stage.shares()).toEqual([]);
  });
}, withLetters);

inChromium((stage) => {
  test("a file that is no image is named, and the drawing stays; one without ink claims nothing", async () => {
    await stage.open({ viewport: PHONE });
    await stage.drawDigit("7");
    const drawn = await stage.shares();
    const address = await stage.hash();
    for (const name of ["notes.txt", "broken.png"]) {
      await choose(stage, name);
      await stage.says(".pad-note", new RegExp(name));
    }
    expect(await stage.axeFindings()).toEqual([]);
    await stage.expectShares(drawn);
    await expect.poll(() => stage.hash()).toBe(address);
    await stage.page.click(".undo"); // of the stroke: there is nothing else to undo
    await expect.poll(() => stage.shares()).toEqual([]);
    await stage.says(".pad-note", "");
    await choose(stage, "blank.png");
    await stage.says(".pad-note", /stands out/);
    await expect.poll(() => stage.shares()).toEqual([]);
  });

  test("a test image is shown with its index, and with its label once the model has answered", async () => {
    const { images } = published("reference.json") as Reference;
    await stage.open({ viewport: PHONE });
    await stage.drawDigit("1");
    const drawn = await stage.shares();
    const indices = new Set<number>();
    for (let turn = 0; turn < 5; turn++) {
      const before = await stage.hash();
      await stage.page.click(".test-digit");
      await stage.until(
        (before) =>
          location.hash !== before && document.querySelector(".pad-caption")?.textContent !== "",
        before,
      );
      const found = /^Test image (\d+), an? (.+)\. (Right|Wrong)\.$/.exec(
        await stage.text(".pad-caption"),
      );
      const { index, label } = images.find(({ index }) => index === Number(found?.[1]))!;
      expect(found?.[2]).toBe(String(label));
      expect(found?.[3]).toBe((await stage.text(".glyph")) === found?.[2] ? "Right" : "Wrong");
      await expect.poll(() => stage.hash()).toBe(`#test=${index}`);
      indices.add(index);
      if (turn === 0) await stage.says(".spoken", new RegExp(`Test image ${index},`));
    }
    expect(indices.size).toBeGreaterThan(1);
    expect(await stage.axeFindings()).toEqual([]);

    const [before, caption] = [await stage.shares(), await stage.text(".pad-caption")];
    const pad = await stage.hash();
    await stage.reload();
    await stage.says(".pad-caption");
    await stage.expectShares(before);
    await stage.says(".pad-caption", caption);
    await expect.poll(() => stage.hash()).toBe(pad);
    await stage.drawDigit("1"); // a stroke starts afresh
    await stage.expectShares(drawn);
    await stage.says(".pad-caption", "");
  });

  test("test images that cannot be fetched are no dead end, and one does not stay for a model of other data", async () => {
    stage.mayComplain = /404/;
    await stage.open();
    await stage.drawDigit("7");
    stage.host.change(/reference\.bin$/, () => null);
    await stage.page.click(".test-digit");
    await stage.says(".pad-note", /could not be loaded/);
    stage.host.change();
    await stage.page.click(".test-digit");
    await stage.says(".pad-caption");
    await stage.says(".pad-note", "");

    await stage.page.select(".picker select", "letters");
    await stage.says(".pad-note", /other data/);
    await expect.poll(() => stage.shares()).toEqual([]);
    await stage.page.click(".undo"); // the drawing from before is for any model
    await expect.poll(async () => (await stage.shares()).length).toBe(3);
    await stage.says(".pad-note", "");
  });
}, withLetters);

// Only Chromium’s protocol has the window in which a file is chosen.
inChromiumAlone((stage) => {
  test("the button opens the window in which an image is chosen", async () => {
    const { page } = stage;
    await stage.open();
    const [chooser] = await Promise.all([page.waitForFileChooser(), page.click(".choose-image")]);
    await chooser.accept([join(PICTURES, "3.png")]);
    await stage.says(".glyph", "3");
  });
}, withLetters);
