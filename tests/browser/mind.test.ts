// The stop “Its mind”: the fewest pixels, and rubbing out single ones. That they are the fewest is
// decided in web/src/page/mind/fewest.test.ts.
import { expect, test } from "vitest";
import type { Evaluation } from "../../web/src/runtime/schema.ts";
import { inChromium, inEveryBrowser, published, type Stage } from "./scenario.ts";

const ERASE = "#mind .action.primary";
const UNDO = "#mind .action:not(.primary)";
const READOUT = "#mind .mind-readout";
const bar = (index: number) => `.bars li:nth-child(${index + 1}) .bar`;
const whenReads = (stage: Stage, label: string) => stage.says(".glyph", label);
const hatched = (stage: Stage) =>
  stage.page.$eval(
    "#mind .hatched",
    (path) => (path.getAttribute("d") ?? "").split("M").length - 1,
  );
/** The answer's probability in full precision. */
const share = async (stage: Stage) => (await stage.shares(".bar.winner"))[0];

/** The middle of a pixel, of 28 × 28. */
async function place(stage: Stage, row: number, column: number): Promise<[number, number]> {
  const box = await stage.boxOf(".mind-frame");
  return [box.x + ((column + 0.5) / 28) * box.width, box.y + ((row + 0.5) / 28) * box.height];
}

inChromium((stage) => {
  test("the hatched pixels turn the answer into the chosen class, and undo turns it back", async () => {
    await stage.open({ digit: "3" });
    const before = await stage.shares();
    await stage.panel("mind");
    await stage.press(bar(8));
    await stage.says("#mind h3", "Why 3 and not 8");
    const count = Number(/ (\d+) /.exec(await stage.says(ERASE, /^Erase \d+ pixels$/))?.[1]);
    expect(count).toBeGreaterThan(1);
    await expect.poll(() => hatched(stage)).toBe(count);
    const promised = /it reads 8, [\d.]+\s%\./.exec(
      await stage.says(READOUT, /^Without the \d+ marked pixels, it reads 8, /),
    )![0];
    await stage.page.click(ERASE);
    await whenReads(stage, "8");
    await stage.says(".pad-caption", `This drawing, ${count} pixels changed.`);
    await expect.poll(() => hatched(stage)).toBe(0);
    await stage.says(READOUT, `Without the ${count} erased pixels, ${promised}`);
    // as wide as a phone: the note is above the bar
    await stage.page.setViewport({ width: 390, height: 844 });
    await stage.scrollTo("#learning");
    expect((await stage.placeOf(".rail .pad-caption")).y).toBeLessThan(
      (await stage.placeOf(".rail .pad")).y - 20,
    );
    await stage.page.click(UNDO);
    await whenReads(stage, "3");
    await stage.expectShares(before);
  });

  test("a misread test image is turned into what is written there", async () => {
    const { mistakes } = published("evaluation.json") as Evaluation;
    await stage.open();
    await stage.page.evaluate(`location.hash = "#test=${mistakes[0]!.index}"`);
    await stage.says(".pad-caption", /Wrong\.$/);
    await stage.panel("mind");
    await stage.says(ERASE, /^Erase \d+ pixel/);
    await stage.page.click(ERASE);
    await stage.says(".pad-caption", /changed\. Right\.$/);
    await expect.poll(() => stage.hash()).not.toContain("test=");
  });

  test("pixels are rubbed out with the keyboard, which tells what each one does", async () => {
    await stage.open({ digit: "0" });
    const top = () => stage.page.$eval(".mind-frame", (frame) => frame.getBoundingClientRect().top);
    await stage.panel("mind");
    await stage.page.focus(".mind-frame");
    await stage.says(READOUT, /^Row 15, column 15: ink \d\.\d\d\. /);
    const before = await top();
    for (let row = 0; row < 14 && !(await stage.text(READOUT)).includes("Erased, it moves"); row++)
      await stage.keys("ArrowDown");
    await stage.says(
      READOUT,
      /: ink [01]\.\d\d\. Erased, it moves \d by [+\u2212]?\d+\.\d\d against 0\.$/,
    );
    await stage.keys(" ");
    await stage.says(".pad-caption", "This drawing, 1 pixel changed.");
    await stage.says(READOUT, /: ink 0\.00\. There is nothing to erase\.$/);
    expect(Math.abs((await top()) - before)).toBeLessThan(1); // the keys scroll nothing
    expect(
      await stage.page.evaluate(() => document.activeElement?.classList.contains("mind-frame")),
    ).toBe(true);
    await stage.keys("Control+z");
    await stage.says(".pad-caption", "");
  });
});

inEveryBrowser((stage) => {
  test("pixels are rubbed out with the mouse, a line in one step of undo, and the answer follows", async () => {
    await stage.open({ panel: "mind", digit: "7" });
    await stage.says(ERASE, /^Erase \d+ pixel/);
    const start = await share(stage);
    const before = await stage.pixels(".mind-frame canvas");
    await stage.page.mouse.move(...(await place(stage, 14, 4)));
    await stage.page.mouse.down();
    for (let column = 5; column < 24; column++)
      await stage.page.mouse.move(...(await place(stage, 14, column)));
    await stage.page.mouse.up();
    await stage.says(".pad-caption", /^This drawing, \d+ pixels changed/);
    await expect.poll(() => share(stage)).not.toBe(start);
    await stage.page.click(UNDO);
    await stage.says(".pad-caption", "");
    await expect.poll(() => share(stage)).toBe(start);
    await expect.poll(() => stage.pixels(".mind-frame canvas")).toBe(before);
  });
});
