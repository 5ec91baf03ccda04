// Stop 4: scores to percentages. Softmax is tested in web/src/page/percent/softmax.test.ts, the
// places of tags in line-layout.test.ts; see votes.test.ts, too.
import { expect, test } from "vitest";
import { inChromium, inEveryBrowser, mouse, PHONE, type Stage } from "./scenario.ts";

const tag = (index: number) => `.tags .tag:nth-of-type(${index + 2})`; // the axis is the first

/** Read the figure: scores, slices of 1, the sentence about the gap. */
const softmax = async (stage: Stage) => {
  await stage.nextFrame();
  return stage.page.evaluate(() => {
    const slices = [...document.querySelectorAll<HTMLElement>(".slice")];
    return {
      scores: [...document.querySelectorAll(".tag")].map((one) => Number(one.ariaValueNow)),
      slices: slices.map(({ style }) => Number(style.flexGrow) / 1000),
      heights: [...document.querySelectorAll<HTMLElement>(".power")].map((bar) =>
        Number.parseFloat(bar.style.height),
      ),
      gap: document.querySelector(".gap")!.textContent,
      isReset: document.querySelector("#percent .action:nth-of-type(3)")!.ariaDisabled === "true",
    };
  });
};

/** Softmax, worked out anew from the scores of the tags, which have six digits. */
function expectSoftmax({
  scores,
  slices,
  heights,
  gap,
}: Awaited<ReturnType<typeof softmax>>): void {
  const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
  const total = powers.reduce((a, b) => a + b);
  for (const [index, power] of powers.entries()) {
    expect(Math.abs(slices[index]! - power / total)).toBeLessThan(1e-4);
    expect(Math.abs(heights[index]! - 100 * power)).toBeLessThan(1e-2);
  }
  // as on the tags
  const [first, second] = scores.map((score) => Number(score.toFixed(1))).sort((a, b) => b - a);
  const [, points] =
    /^\S+ is ([\d.]+) points ahead of \S+: about .+ times as tall$/.exec(gap) ?? [];
  expect(Number(points)).toBeCloseTo(first! - second!, 5);
}

inChromium((stage) => {
  test("the arrow keys move a score by 0.1; one more point for every score changes no slice", async () => {
    await stage.open({ panel: "percent", digit: "3" });
    const before = await softmax(stage);
    await stage.page.focus(tag(3));
    const top = await stage.page.evaluate(() => scrollY);
    await stage.keys("ArrowLeft", "ArrowDown", "ArrowLeft", "ArrowUp");
    await expect
      .poll(async () => (await softmax(stage)).scores[3])
      .toBeCloseTo(before.scores[3]! - 0.2, 4);
    await expect
      .poll(() => stage.page.$eval(tag(3), ({ ariaValueText }) => ariaValueText))
      .toMatch(/^[+\u2212][\d.]+, >?[\d.]+\u00a0%$/);
    await stage.keys("Home");
    expectSoftmax(await softmax(stage));
    expect(await stage.page.evaluate(() => scrollY)).toBe(top);
    await stage.page.click("#percent .action:nth-of-type(3)");

    await stage.page.click("#percent .action:nth-of-type(2)");
    await stage.says(
      "#percent .note",
      "Every bar 2.72 times as tall, and the scale with them: no slice changes.",
    );
    const { scores, slices } = await softmax(stage);
    for (const [index, score] of scores.entries())
      expect(score).toBeCloseTo(before.scores[index]! + 1, 4);
    for (const [index, slice] of slices.entries())
      expect(slice).toBeCloseTo(before.slices[index]!, 9);
  });

  test("a clear answer becomes a close race at the press of a button, and the chosen class is compared with the answer", async () => {
    await stage.open({ panel: "percent", digit: "3" });
    const { slices } = await softmax(stage);
    expect(Math.max(...slices)).toBeGreaterThan(0.99);
    await stage.press("#percent .primary");
    const close = await softmax(stage);
    expectSoftmax(close);
    const [first, second] = [...close.slices].sort((a, b) => b - a);
    expect(first! / second!).toBeCloseTo(Math.exp(0.5), 2);
    await stage.says("#percent .note", /^With these scores, the answer would be 3, /);
    await stage.press("#percent .action:nth-of-type(3)");
    await stage.page.click(".bars li:nth-child(2) .bar");
    await stage.says("#percent .gap", /^3 is [\d.]+ points ahead of 1: /);
  });

  test("an empty page gets the softmax of the biases; of what is no digit nothing is claimed", async () => {
    await stage.open();
    await stage.appears(".pad.used");
    await stage.page.click(".clear"); // the sample that draws itself gives way
    await stage.panel("percent");
    const empty = await softmax(stage);
    expectSoftmax(empty);
    await stage.says("#percent .note", "Even blank paper gets scores: the biases.");
    await stage.drawDigit("3");
    await stage.panel("percent");
    await expect.poll(() => stage.texts(".slice.shown b")).toEqual(["3"]);
    await stage.page.click(".clear");
    await stage.panel("percent");
    await expect.poll(async () => (await softmax(stage)).scores).toEqual(empty.scores);

    await stage.draw("W", ".pad-canvas");
    await stage.says(".glyph", "?");
    await stage.panel("percent");
    await expect.poll(() => stage.texts("#percent .shown")).toEqual([]);
    expect(await stage.texts(".slice .number:not([hidden])")).toEqual([]);
    expect(await stage.page.$$('.tag[aria-valuetext*="%"]')).toEqual([]);
  });
});

inEveryBrowser((stage) => {
  test("a score that a finger drags takes its slice along, and a button leads back; nothing scrolls", async () => {
    const hand = stage.browser === "webkit" ? mouse(stage.page) : stage.page.touchscreen;
    await stage.open({ viewport: PHONE, panel: "percent", digit: "3" });
    const before = await softmax(stage);
    expectSoftmax(before);
    const drawn = await stage.shares();
    for (const [index, share] of drawn.entries())
      expect(before.slices[index]).toBeCloseTo(share, 5);
    expect(before.isReset).toBe(true);

    const [x, y] = (await stage.placeOf(tag(8))).middle;
    const width = await stage.page.$eval(".tags", (line) => line.clientWidth);
    const top = await stage.page.evaluate(() => scrollY);
    await hand.touchStart(x, y);
    for (let step = 1; step <= 6; step++) await hand.touchMove(x + (step * width) / 10, y);
    expectSoftmax(await softmax(stage));
    await hand.touchEnd();
    expect(await stage.page.evaluate(() => scrollY)).toBe(top);
    const after = await softmax(stage);
    expectSoftmax(after);
    expect(after.scores[8]).toBeGreaterThan(Math.max(...before.scores));
    expect(after.scores.filter((_, index) => index !== 8)).toEqual(
      before.scores.filter((_, index) => index !== 8),
    );
    await expect.poll(() => stage.texts(".slice.shown b")).toEqual(["8"]);
    expect(await stage.shares()).toEqual(drawn); // the model's own answer stays, and what is chosen
    expect(await stage.page.$('.bar[aria-pressed="true"]')).toBeNull();
    await stage.press("#percent .action:nth-of-type(3)");
    await expect.poll(() => softmax(stage)).toEqual(before);
    await hand.touchStart(...(await stage.placeOf(tag(8))).middle);
    await hand.touchEnd(); // pressed, not moved
    await stage.says('.bar[aria-pressed="true"] .bar-label', "8");

    // With the next drawing it is forgotten.
    await stage.page.focus(tag(8));
    await stage.keys("End");
    await expect.poll(async () => (await softmax(stage)).isReset).toBe(false);
    await stage.scrollTo("body");
    await stage.page.click(".clear");
    await stage.drawDigit("7");
    await stage.panel("percent");
    await expect
      .poll(() => stage.isShown("#percent .action:nth-of-type(3)[aria-disabled=true]"))
      .toBe(true);
  });
});
