// Pictures on the pad: files, pasted and dropped ones, test images. SITE_DIR as in scenario.ts.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Reference } from "../../web/src/runtime/schema.ts";
import {
  boxOf,
  change,
  choose,
  drawDigit,
  expectShares,
  hashOf,
  openPage,
  PICTURES,
  pixelsOf,
  pressControl,
  says,
  shares,
} from "./panel.ts";
import { untouched } from "./server.ts";
import { inChromium, inEveryBrowser, PHONE, published, type Stage } from "./scenario.ts";
import { copyOfSite, on } from "./site.ts";

/** A model more: not linear, of other pictures and labels. */
const settings = on(() => copyOfSite({ letters: "cnn layers uint16" }));

/** Files dragged from outside the browser, as it reports them itself. */
async function drag(
  { page }: Stage,
  path: string,
  [x, y]: readonly [number, number],
  types: readonly ("dragEnter" | "dragOver" | "drop")[],
): Promise<void> {
  const session = await page.createCDPSession();
  for (const type of types) {
    const data = { items: [], files: [path], dragOperationsMask: 1 };
    await session.send("Input.dispatchDragEvent", { type, x, y, data });
  }
  await session.detach();
}

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
    const [seen28, pad] = [await pixelsOf(stage, ".picture canvas"), await hashOf(stage)];
    await stage.page.reload();
    await stage.ready();
    await says(stage, ".pad-caption");
    await expectShares(stage, before);
    await expect.poll(() => stage.text(".pad-caption")).toBe(caption);
    await expect.poll(() => pixelsOf(stage, ".picture canvas")).toBe(seen28);
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

// Only Chromium’s protocol has a clipboard with permissions, drags from outside, and the window in which a file is chosen.
inEveryBrowser(
  (stage) => {
    test("an image is chosen by the button, pasted wherever the focus is, or dropped on the pad; the page stays when one is dropped beside it", async () => {
      const page = stage.page;
      for (const name of ["clipboard-read", "clipboard-write"])
        await page.browserContext().setPermission(stage.host.origin, { permission: { name }, state: "granted" });
      await openPage(stage);
      const three = join(PICTURES, "3.png");
      const [chooser] = await Promise.all([page.waitForFileChooser(), page.click(".choose-image")]);
      await chooser.accept([three]);
      await says(stage, ".glyph", "3");
      await page.bringToFront();
      await stage.page.evaluate(
        async (data) => {
          const bytes = Uint8Array.from(atob(data), (byte) => byte.charCodeAt(0));
          const blob = new Blob([bytes], { type: "image/png" });
          await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
        },
        await readFile(join(PICTURES, "4.png"), "base64"),
      );
      await stage.page.focus("li:nth-child(3) .bar");
      await pressControl(stage, "v");
      await says(stage, ".glyph", "4");
      await stage.page.evaluate(() => navigator.clipboard.writeText("no image"));
      await pressControl(stage, "v"); // text is no concern of the pad
      await stage.nextFrame();
      await expect.poll(() => stage.text(".pad-note")).toBe("");
      await says(stage, ".glyph", "4");

      await stage.page.click(".clear");
      const box = await boxOf(stage, ".pad");
      const onPad = [box.x + 50, box.y + 50] as const;
      const isMarked = () => stage.page.$(".pad.dragged-over");
      await drag(stage, three, onPad, ["dragEnter", "dragOver"]);
      expect(await isMarked()).not.toBeNull();
      await drag(stage, three, [20, 20], ["dragOver"]);
      expect(await isMarked()).toBeNull();
      await drag(stage, three, [20, 20], ["drop"]);
      await stage.nextFrame();
      expect(await stage.page.evaluate(() => location.href)).toBe(stage.host.url);
      await expect.poll(() => shares(stage)).toEqual([]);
      await drag(stage, three, onPad, ["dragEnter", "dragOver", "drop"]);
      await says(stage, ".glyph", "3");
      expect(await isMarked()).toBeNull();
      expect(stage.seen.complaints).toEqual([]);
    });
  },
  { ...settings, only: ["chromium"] },
);
