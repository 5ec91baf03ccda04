// The drawing that stays in sight while the stops are read, and the help with a wrong answer.
import { expect, test } from "vitest";
import { DIGITS, draw, finger, mouse, type Path } from "./hand.ts";
import { boxOf, drawDigit, isShown, openPage, press, says, scrollTo } from "./panel.ts";
import { inEveryBrowser, PHONE, until, type Stage } from "./scenario.ts";

const isDocked = (stage: Stage) => stage.page.$eval(".stage", (element) => element.parentElement?.className === "rail");
const reaches = (stage: Stage, docked: boolean) => until(async () => (await isDocked(stage)) === docked);

inEveryBrowser((stage) => {
  test("beside the stops the drawing stays in sight, and can be changed there; on the way back it is large again", async () => {
    await openPage(stage, { digit: "3" });
    const large = (await boxOf(stage, ".pad")).width;
    await scrollTo(stage, "#doubt");
    await reaches(stage, true);
    const pad = await boxOf(stage, ".pad");
    expect([pad.top >= 0, pad.bottom <= 800, pad.width < large]).toEqual([true, true, true]);
    await says(stage, ".glyph", "3");
    await stage.page.click(".clear");
    await draw(stage.page, mouse(stage.page), DIGITS["7"]);
    await says(stage, ".glyph", "7");
    await scrollTo(stage, "body");
    await reaches(stage, false);
    expect((await boxOf(stage, ".pad")).width).toBe(large);
    await says(stage, ".glyph", "7");
    // Only WebKit warns, sometimes, that sizes changed while they were observed, as the pad's do when it moves.
    const isKnown = (line: string) => stage.browser === "webkit" && line.includes("ResizeObserver loop");
    const complaints = stage.seen.complaints.filter((line) => !isKnown(line));
    expect(complaints).toEqual([]);
  });
});

/** A 1 with a long flag: it reads another answer, which straightening has brought about or not. */
const FLAG: Path[] = [
  [
    [0.3, 0.45],
    [0.55, 0.12],
    [0.55, 0.88],
  ],
];

// Fingers, and the accessibility of a sheet, are Chromium's.
inEveryBrowser(
  (stage) => {
    test("on a phone the pad is a sheet that a press opens; Escape and a press elsewhere close it", async () => {
      await openPage(stage, { digit: "3", viewport: PHONE });
      await scrollTo(stage, "#gets");
      await reaches(stage, true);
      const bar = await boxOf(stage, ".rail");
      expect(Math.round(bar.bottom)).toBe(PHONE.height);
      expect(await isShown(stage, ".rail .clear")).toBe(false);
      await stage.page.tap(".grow");
      await until(() => isShown(stage, ".rail .clear"));
      expect(await stage.axeFindings(".rail")).toEqual([]);
      await stage.page.tap(".clear");
      await draw(stage.page, finger(stage.page), DIGITS["0"]);
      await says(stage, ".glyph", "0");
      await stage.page.keyboard.press("Escape");
      await until(async () => !(await isShown(stage, ".rail .clear")));
      await stage.page.tap(".grow");
      await stage.page.tap("#gets h2");
      await until(async () => !(await isShown(stage, ".rail .clear")));
      expect(await stage.overflow()).toBe(0);
    });

    test("Wrong? One press tells what pulled the answer away; the right one is only confirmed; a new stroke ends it", async () => {
      await openPage(stage);
      expect(await isShown(stage, ".wrong")).toBe(false); // nobody has drawn yet
      await drawDigit(stage, "7");
      await press(stage, ".wrong summary");
      await press(stage, ".wrong .choice:nth-child(8)");
      await says(stage, ".blame", "That is what it reads, too.");
      await press(stage, ".wrong .choice:nth-child(4)");
      await says(stage, ".blame", /(cost you the 3|speaks for 3|no 3 written like this)/);
      expect(await stage.axeFindings(".answer")).toEqual([]);
      await stage.page.click(".clear");
      await draw(stage.page, mouse(stage.page), FLAG);
      await says(stage, ".glyph");
      expect(await stage.page.$eval(".wrong", (box) => (box as HTMLDetailsElement).open)).toBe(false);
      expect(stage.seen.complaints).toEqual([]);
    });
  },
  { only: ["chromium"] },
);
