// Pictures on the pad: files, pasted and dropped ones, test images. SITE_DIR as in scenario.ts.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { asPage } from "./browser.ts";
import { address, allowClipboard, answer, axeFindings, choose, expectSame, folder, follow, hash } from "./drawing.ts";
import { host, open, page, picture, pixels, press, ready, references, seen, settings, settled } from "./drawing.ts";
import { shares, stage, text, touch, whenAnswered } from "./drawing.ts";
import { DIGITS, draw, mouse } from "./hand.ts";
import { says } from "./panel.ts";
import { DESKTOP, inChromium, inEveryBrowser, PHONE } from "./scenario.ts";

/** Files dragged from outside the browser, as it reports them itself. */
async function drag(
  path: string,
  [x, y]: readonly [number, number],
  types: readonly ("dragEnter" | "dragOver" | "drop")[],
): Promise<void> {
  const session = await asPage(page).createCDPSession();
  for (const type of types) {
    await session.send("Input.dispatchDragEvent", {
      ...{ type, x, y },
      data: { items: [], files: [path], dragOperationsMask: 1 },
    });
  }
  await session.detach();
}

inEveryBrowser((played) => {
  follow(played);

  test("an image is chosen, shown and read as if it were drawn; a stroke on it starts a drawing of its own", async () => {
    await open(DESKTOP);
    await draw(page, mouse(page), DIGITS["0"]);
    const drawn = await shares();
    const before = await pixels(".pad-canvas");
    for (const [paper, ink] of [
      ["#fdf6e3", "#222"], // dark on light
      ["#123", "#ffe"], // light on dark
      [null, "#000"], // on a transparent ground
    ] as const) {
      await choose(await picture("three.png", DIGITS["3"], paper, ink));
      await whenAnswered("3");
      expect(await pixels(".pad-canvas")).not.toBe(before);
      expect(await hash()).toBe(""); // the image stays on this device
      await page.click(".undo");
      expectSame(await shares(), drawn);
      expect(await pixels(".pad-canvas")).toBe(before);
    }
    await choose(await picture("three.png", DIGITS["3"], "white", "black"));
    await whenAnswered("3");
    await draw(page, mouse(page), DIGITS["7"]);
    expect(await answer()).toBe("7");
    await page.click(".undo");
    expect(await answer()).toBe("3");
    await page.click(".clear");
    expect(await shares()).toEqual([]);
    expect(seen.complaints).toEqual([]);
  });
}, settings);

inChromium((played) => {
  follow(played);

  test("a file that is no image is named, and the drawing stays; one without ink claims nothing", async () => {
    await open(PHONE);
    await draw(page, touch(), DIGITS["7"]);
    const drawn = await shares();
    const address = await hash();
    for (const name of ["notes.txt", "broken.png"]) {
      await writeFile(join(folder, name), "This is no picture.");
      await choose(join(folder, name));
      await says(stage, ".pad-note", new RegExp(name));
    }
    expect(await axeFindings()).toEqual([]);
    expectSame(await shares(), drawn);
    expect(await hash()).toBe(address);
    await page.click(".undo"); // of the stroke: there is nothing else to undo
    expect(await shares()).toEqual([]);
    expect(await text(".pad-note")).toBe("");
    await choose(await picture("blank.png", [], "#ddd", "black"));
    await says(stage, ".pad-note", /stands out/);
    expect(await shares()).toEqual([]);
    expect(seen.complaints).toEqual([]);
  });

  test("a test image is shown with its index, and with its label once the model has answered", async ({ skip }) => {
    if (!references) return skip("this site's model has no reference images");
    await open(PHONE);
    await draw(page, touch(), DIGITS["1"]);
    const drawn = await shares();
    const indices = new Set<number>();
    for (let turn = 0; turn < 5; turn++) {
      const before = await hash();
      await page.click(".test-digit");
      await page.waitForFunction(
        (before) => location.hash !== before && document.querySelector(".pad-caption")?.textContent !== "",
        {},
        before,
      );
      const found = /^Test image (\d+), an? (.+)\. (Right|Wrong)\.$/.exec(await text(".pad-caption"));
      const reference = references.find(({ index }) => index === Number(found?.[1]));
      expect(found?.[2]).toBe(String(reference?.label));
      expect(found?.[3]).toBe((await answer()) === found?.[2] ? "Right" : "Wrong");
      expect(await hash()).toBe(`#test=${String(reference?.index)}`);
      indices.add(reference?.index ?? NaN);
      if (turn > 0) continue;
      await says(stage, ".spoken", new RegExp(`Test image ${found?.[1] ?? ""},`));
    }
    expect(indices.size).toBeGreaterThan(1);
    expect(await axeFindings()).toEqual([]);

    const [before, caption] = [await shares(), await text(".pad-caption")];
    const [seen28, pad] = [await pixels(".picture canvas"), await hash()];
    await page.reload();
    await ready();
    await says(stage, ".pad-caption");
    expectSame(await shares(), before);
    expect(await text(".pad-caption")).toBe(caption);
    expect(await pixels(".picture canvas")).toBe(seen28);
    expect(await hash()).toBe(pad);
    await draw(page, touch(), DIGITS["1"]); // a stroke starts afresh
    expectSame(await shares(), drawn);
    expect(await text(".pad-caption")).toBe("");
    expect(seen.complaints).toEqual([]);
  });

  test("test images that cannot be fetched are no dead end, and one does not stay for a model of other data", async ({
    skip,
  }) => {
    if (!references) return skip("this site's model has no reference images");
    await open(DESKTOP);
    await draw(page, mouse(page), DIGITS["7"]);
    host.tamper = (path, body) => (path.endsWith("reference.bin") ? null : body);
    await page.click(".test-digit");
    await says(stage, ".pad-note", /could not be loaded/);
    host.tamper = (_, body) => body;
    await page.click(".test-digit");
    await says(stage, ".pad-caption");
    expect(await text(".pad-note")).toBe("");

    await page.select(".picker select", "letters");
    await says(stage, ".pad-note", /other data/);
    expect(await shares()).toEqual([]);
    await page.click(".undo"); // the drawing from before is for any model
    expect((await shares()).length).toBe(3);
    expect(await text(".pad-note")).toBe("");
  });
}, settings);

// Only Chromium’s protocol has a clipboard with permissions, and drags from outside.
inEveryBrowser(
  (played) => {
    follow(played);

    test("an image is pasted, wherever the focus is, or dropped on the pad; the page stays when one is dropped beside it", async () => {
      await allowClipboard();
      await open(DESKTOP);
      const path = await picture("four.png", DIGITS["4"], "white", "black");
      await asPage(page).bringToFront();
      await page.evaluate(
        async (data) => {
          const bytes = Uint8Array.from(atob(data), (byte) => byte.charCodeAt(0));
          const blob = new Blob([bytes], { type: "image/png" });
          await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
        },
        (await readFile(path)).toString("base64"),
      );
      await page.focus("li:nth-child(3) .bar");
      await press("Control+v");
      await whenAnswered("4");
      await page.evaluate(() => navigator.clipboard.writeText("no image"));
      await press("Control+v"); // text is no concern of the pad
      await settled();
      expect(await text(".pad-note")).toBe("");
      expect(await answer()).toBe("4");

      await page.click(".clear");
      const three = await picture("three.png", DIGITS["3"], "white", "black");
      const box = await (await page.$(".pad"))?.boundingBox();
      if (!box) throw new Error("The pad is not visible.");
      const onPad = [box.x + 50, box.y + 50] as const;
      const isMarked = () => page.$(".pad.dragged-over");
      await drag(three, onPad, ["dragEnter", "dragOver"]);
      expect(await isMarked()).not.toBeNull();
      await drag(three, [20, 20], ["dragOver"]);
      expect(await isMarked()).toBeNull();
      await drag(three, [20, 20], ["drop"]);
      await settled();
      expect(await address()).toBe(host.url);
      expect(await shares()).toEqual([]);
      await drag(three, onPad, ["dragEnter", "dragOver", "drop"]);
      await whenAnswered("3");
      expect(await isMarked()).toBeNull();
      expect(seen.complaints).toEqual([]);
    });
  },
  { ...settings, only: ["chromium"] },
);
