// The panel of changed pixels: the fewest, and painting single ones. That they are the fewest is tested in
// web/src/page/change/fewest.test.ts.
import { expect, test } from "vitest";
import type { Evaluation } from "../../web/src/runtime/schema.ts";
import { boxOf, goTo, hashOf, keys, openPage, openPanel, pixelsOf, pressControl, says } from "./panel.ts";
import { inChromium, inEveryBrowser, published, until, type Stage } from "./scenario.ts";

const choice = (index: number) => `.change-mind .choice:nth-child(${index + 1})`;
const whenReads = (stage: Stage, label: string) =>
  stage.page.waitForFunction(
    (label: string) =>
      document.querySelector(".glyph")?.textContent === label &&
      document.querySelector(".change-lead")?.textContent.startsWith(`It reads ${label},`),
    {},
    label,
  );
const hatched = (stage: Stage) =>
  stage.page.$eval(".hatched", (path) => (path.getAttribute("d") ?? "").split("M").length - 1);
/** The answer and its probability in full precision. */
const share = (stage: Stage) =>
  stage.page.$eval(".bar.winner .bar-fill", (fill) => Number((fill as HTMLElement).style.getPropertyValue("--share")));

/** The middle of a pixel, of 28 × 28. */
async function place(stage: Stage, row: number, column: number): Promise<[number, number]> {
  const box = await boxOf(stage, ".change-frame");
  return [box.x + ((column + 0.5) / 28) * box.width, box.y + ((row + 0.5) / 28) * box.height];
}

inChromium((stage) => {
  test("the hatched pixels turn the answer into the class that was asked for, and undo turns it back", async () => {
    await openPage(stage, { digit: "3" });
    const before = await stage.answer();
    await stage.panel("change");
    await whenReads(stage, "3");
    for (const tool of ["erase", "add"]) {
      await stage.page.click(`.change-tools .action:nth-child(${tool === "erase" ? "1" : "2"})`);
      await stage.page.click(choice(8));
      const words = await says(stage, ".change-result", / hatched pixels, and it reads 8\./);
      const count = Number(/ (\d+) hatched/.exec(words)?.[1]);
      expect(count).toBeGreaterThan(1);
      await expect.poll(() => hatched(stage)).toBe(count);
      await stage.page.click(".change-apply");
      await whenReads(stage, "8");
      await expect.poll(() => stage.text(".pad-caption")).toBe(`Your drawing, ${count} pixels changed.`);
      if (tool === "add") await expect.poll(() => stage.colours(".picture canvas")).toBeGreaterThan(1); // what the model sees
      await stage.page.click(".change-undo");
      await whenReads(stage, "3");
      await expect.poll(async () => (await stage.answer()).bars).toEqual(before.bars);
    }
    expect(stage.seen.complaints).toEqual([]);
  });

  test("a test image is turned into what is written there, as few pixels as it takes", async () => {
    const { mistakes } = (await published("evaluation.json")) as Evaluation;
    await openPage(stage);
    await goTo(stage, `#test=${mistakes[0]!.index}`);
    await says(stage, ".pad-caption", /Wrong\.$/);
    await stage.panel("change");
    await stage.page.waitForSelector(".change-apply[aria-disabled=false]");
    await expect.poll(() => stage.text(".change-lead")).toMatch(/^It reads .*, but it is /);
    await stage.page.click(".change-apply");
    await says(stage, ".pad-caption", /changed\. Right\.$/);
    await expect.poll(() => stage.text(".change-lead")).toMatch(/and that is right\.$/);
    await expect.poll(() => hashOf(stage)).not.toContain("test=");
  });

  test("pixels are painted with the keyboard, which tells what each one does", async () => {
    await openPage(stage, { digit: "0" });
    const place = () =>
      stage.page.$eval(".change-frame", (frame): [number, number] => [scrollY, frame.getBoundingClientRect().top]);
    await stage.panel("change");
    await whenReads(stage, "0");
    await stage.page.click(".change-tools .action:nth-child(2)");
    await stage.page.focus(".change-frame");
    const [y, top] = await place();
    await expect
      .poll(() => stage.text(".change-readout"))
      .toMatch(/^Row 15, column 15: ink \d\.\d\d\. Inked, it moves \d by [+\u2212]?\d+\.\d\d against 0\.$/);
    await keys(stage, " ", "ArrowDown", "Enter");
    await says(stage, ".pad-caption", /^Your drawing, 2 pixels/);
    await expect.poll(() => stage.text(".change-readout")).toMatch(/^Row 16, column 15: ink 1\.00/);
    // The keys scroll nothing. When a panel above becomes lower, either the page keeps its place or what is seen on it.
    const [newY, newTop] = await place();
    expect(Math.min(Math.abs(newY - y), Math.abs(newTop - top))).toBeLessThan(1);
    expect(await stage.page.evaluate(() => document.activeElement?.classList.contains("change-frame"))).toBe(true);
    await pressControl(stage, "z");
    await says(stage, ".pad-caption", /^Your drawing, 1 pixel /);
    expect(stage.seen.complaints).toEqual([]);
  });
});

inEveryBrowser((stage) => {
  test("pixels are painted with the mouse, a line in one step of undo, and the answer follows", async () => {
    await openPanel(stage, "change", { digit: "7" });
    await whenReads(stage, "7");
    const start = await share(stage);
    const before = await pixelsOf(stage, ".change-frame canvas");
    await stage.page.click(".change-tools .action:nth-child(2)");
    await stage.page.mouse.move(...(await place(stage, 24, 4)));
    await stage.page.mouse.down();
    for (let column = 5; column < 24; column++) await stage.page.mouse.move(...(await place(stage, 24, column)));
    await stage.page.mouse.up();
    await says(stage, ".pad-caption", /^Your drawing, \d+ pixels changed/);
    await stage.nextFrame();
    await expect.poll(() => stage.text(".pad-caption")).toMatch(/^Your drawing, (1\d|20) pixels changed/); // some had ink
    await expect.poll(() => share(stage)).not.toBe(start);
    await expect.poll(() => stage.text(".change-readout")).toMatch(/^Row 25, column \d+: ink 1\.00\. It is full/);
    await stage.page.click(".change-undo");
    await says(stage, ".pad-caption", "");
    await whenReads(stage, "7");
    await until(async () => (await share(stage)) === start); // it read 7 with the line, too
    await until(async () => (await pixelsOf(stage, ".change-frame canvas")) === before);
    expect(stage.seen.complaints).toEqual([]);
  });
});
