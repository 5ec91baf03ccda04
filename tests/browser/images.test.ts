// The training images behind a score. What they add up to, and that the strongest come first, is decided in web/src/page/images/summands.test.ts.
import { expect, test } from "vitest";
import { drawDigit, number, openPanel, press, says, scrollToTop, textsOf } from "./panel.ts";
import { inChromium, manifestOf, type Stage } from "./scenario.ts";

const cell = async (stage: Stage, name: string) => number(await stage.text(`.images-${name}`));

/** The listed images of one side: what they add, their label, and the product that makes it. */
const side = (stage: Stage, name: "for" | "against") =>
  stage.page.$$eval(`.${name}-side li:not([hidden]) figcaption`, (captions) =>
    captions.map((caption) => [...caption.children].map(({ textContent }) => textContent)),
  );

inChromium((stage) => {
  test("the images for and against add up with all others to the score, of any class, and follow the drawing", async () => {
    const { files } = (await manifestOf()).manifest as unknown as { files: Record<string, { bytes: number }> };
    await openPanel(stage, "why", { digit: "3" });
    const scores = await textsOf(stage, ".shares tbody tr td:nth-of-type(1)");
    await stage.panel("images");
    const bytes = files["influences"]!.bytes + files["influence_images"]!.bytes;
    expect(bytes).toBeLessThanOrEqual(150_000);
    expect(await stage.text(".images-load")).toContain(`${String(Math.ceil(bytes / 1000))}\u00a0KB`);
    await press(stage, ".images-load");
    await stage.page.waitForSelector("#images .choice");

    for (const label of [3, 8]) {
      await stage.page.click(`#images .choice:nth-child(${String(label + 1)})`);
      await stage.page.mouse.move(1, 1);
      expect(await stage.text(".for-side h3")).toContain(String(label));
      const sum = (await cell(stage, "up")) + (await cell(stage, "down")) + (await cell(stage, "others"));
      const total = await cell(stage, "total");
      expect(Math.abs(sum - total)).toBeLessThan(0.021); // four numbers rounded to 0.01
      expect(total).toBe(number(scores[label]));
      const [forIt, against] = [await side(stage, "for"), await side(stage, "against")];
      expect(forIt).toHaveLength(8);
      expect(against.length).toBeGreaterThan(0);
      expect(Math.min(...forIt.map(([value]) => number(value)))).toBeGreaterThan(0);
      expect(Math.max(...against.map(([value]) => number(value)))).toBeLessThan(0);
      for (const [value, , product] of [...forIt, ...against]) {
        const [push, overlap] = product!.split("\u2009×\u2009").map(number) as [number, number];
        const rounding = 0.00051 * overlap + 0.51 * Math.abs(push) + 0.006; // to three digits, to none, and to two
        expect(Math.abs(push * overlap - number(value))).toBeLessThan(rounding);
      }
      // Only images of a class push towards it.
      expect(new Set(forIt.map(([, written]) => written))).toEqual(new Set([`labelled ${String(label)}`]));
      expect(against.every(([, written]) => written !== `labelled ${String(label)}`)).toBe(true);
    }
    expect(await stage.colours(".for-side canvas")).toBeGreaterThan(5);

    const before = await side(stage, "for");
    await scrollToTop(stage);
    await stage.page.click(".clear");
    await stage.panel("images");
    await stage.page.waitForFunction(() => document.querySelector(".images-content")?.checkVisibility() === false);
    expect(await stage.text("#images .empty")).toMatch(/^Draw something/);
    await scrollToTop(stage);
    await drawDigit(stage, "7");
    await stage.panel("images");
    await says(stage, ".for-side h3", /7/);
    expect(await side(stage, "for")).not.toEqual(before);
    expect(stage.seen.complaints).toEqual([]);
  });
});
