// Stop 4: scores to percentages. Softmax is tested in web/src/page/percent/softmax.test.ts, the places of tags in line-layout.test.ts.
import { expect, test } from "vitest";
import { DIGITS, draw, drawOn, finger, mouse, W } from "./hand.ts";
import { drawDigit, isOff, keys, middleOf, number, openPage, openPanel, says, shares, textsOf } from "./panel.ts";
import { inChromium, inEveryBrowser, PHONE, type Stage } from "./scenario.ts";
import { addModel, copyOfSite, on, WAYS } from "./site.ts";

const tag = (index: number) => `.tags .tag:nth-of-type(${index + 2})`; // the axis is the first

/** What the figure shows: scores, slices of 1, the sentence about the gap. */
const softmax = async (stage: Stage) => {
  await stage.nextFrame();
  return stage.page.evaluate(() => {
    const slices = [...document.querySelectorAll<HTMLElement>(".slice")];
    return {
      scores: [...document.querySelectorAll(".tag")].map((one) => Number(one.ariaValueNow)),
      slices: slices.map(({ style }) => Number(style.flexGrow) / 1000),
      heights: [...document.querySelectorAll<HTMLElement>(".power")].map(({ style }) =>
        Number.parseFloat(style.height),
      ),
      gap: document.querySelector(".gap")!.textContent,
      isReset: document.querySelector("#percent .action:nth-of-type(2)")!.ariaDisabled === "true",
    };
  });
};

/** Softmax, worked out anew from the scores of the tags, which have six digits. */
function expectSoftmax({ scores, slices, heights, gap }: Awaited<ReturnType<typeof softmax>>): void {
  const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
  const total = powers.reduce((a, b) => a + b);
  for (const [index, power] of powers.entries()) {
    expect(Math.abs(slices[index]! - power / total)).toBeLessThan(1e-4);
    expect(Math.abs(heights[index]! - 100 * power)).toBeLessThan(1e-2);
  }
  const [first, second] = [...scores].sort((a, b) => b - a);
  expect(gap).toMatch(/^[\d.]+ points ahead of .+: .+ times taller$/);
  expect(Math.abs(number(gap) - (first! - second!))).toBeLessThan(0.051);
}

inChromium((stage) => {
  test("a score that is dragged takes its slice along, and a button leads back", async () => {
    await openPanel(stage, "percent", { digit: "3" });
    const before = await softmax(stage);
    expectSoftmax(before);
    const drawn = await shares(stage);
    for (const [index, share] of drawn.entries()) expect(before.slices[index]).toBeCloseTo(share, 5);
    expect(before.isReset).toBe(true);

    const [x, y] = await middleOf(stage, tag(8));
    const width = await stage.page.$eval(".tags", (line) => line.clientWidth);
    await stage.page.mouse.move(x, y);
    await stage.page.mouse.down();
    for (let step = 1; step <= 6; step++) await stage.page.mouse.move(x + (step * width) / 10, y);
    expectSoftmax(await softmax(stage));
    await stage.page.mouse.up();
    const after = await softmax(stage);
    expectSoftmax(after);
    expect(after.scores[8]).toBeGreaterThan(Math.max(...before.scores));
    expect(after.scores.filter((_, index) => index !== 8)).toEqual(before.scores.filter((_, index) => index !== 8));
    // The model's own answer stays, and the class is chosen for all stops.
    expect(await shares(stage)).toEqual(drawn);
    await expect.poll(() => stage.text('.bar[aria-pressed="true"] .bar-label')).toBe("8");
    await stage.page.click("#percent .action:nth-of-type(2)");
    await expect.poll(() => softmax(stage)).toEqual(before);

    // With the next drawing it is forgotten.
    await stage.page.focus(tag(8));
    await keys(stage, "End");
    await expect.poll(async () => (await softmax(stage)).isReset).toBe(false);
    await stage.page.click(".clear");
    await drawDigit(stage, "7");
    await stage.panel("percent");
    await expect.poll(() => isOff(stage, "#percent .action:nth-of-type(2)")).toBe(true);
    expect(stage.seen.complaints).toEqual([]);
  });

  test("the arrow keys move a score by 0.1; one more point for every score changes no slice", async () => {
    await openPanel(stage, "percent", { digit: "3" });
    const before = await softmax(stage);
    await stage.page.focus(tag(3));
    const top = await stage.page.evaluate(() => scrollY);
    await keys(stage, "ArrowLeft", "ArrowDown", "ArrowLeft", "ArrowUp");
    await expect.poll(async () => (await softmax(stage)).scores[3]).toBeCloseTo(before.scores[3]! - 0.2, 4);
    await expect
      .poll(() => stage.page.$eval(tag(3), ({ ariaValueText }) => ariaValueText))
      .toMatch(/^[+\u2212][\d.]+, >?[\d.]+\u00a0%$/);
    await keys(stage, "Home");
    expectSoftmax(await softmax(stage));
    expect(await stage.page.evaluate(() => scrollY)).toBe(top);
    await stage.page.click("#percent .action:nth-of-type(2)");

    await stage.page.click("#percent .action");
    await says(stage, "#percent .note", "Every bar 2.72 times taller: no slice changes.");
    const { scores, slices } = await softmax(stage);
    for (const [index, score] of scores.entries()) expect(score).toBeCloseTo(before.scores[index]! + 1, 4);
    for (const [index, slice] of slices.entries()) expect(slice).toBeCloseTo(before.slices[index]!, 9);
  });

  test("an empty page gets the softmax of the biases; of what is no digit nothing is claimed", async () => {
    await openPage(stage);
    await stage.page.click(".clear"); // the sample that draws itself gives way
    await stage.panel("percent");
    const empty = await softmax(stage);
    expectSoftmax(empty);
    await drawDigit(stage, "3");
    await stage.panel("percent");
    await expect.poll(() => textsOf(stage, ".slice.shown b")).toEqual(["3"]);
    await stage.page.click(".clear");
    await stage.panel("percent");
    await expect.poll(async () => (await softmax(stage)).scores).toEqual(empty.scores);

    await drawOn(stage, [W], ".pad-canvas");
    await says(stage, ".glyph", "?");
    await stage.panel("percent");
    await expect.poll(() => textsOf(stage, "#percent .shown")).toEqual([]);
    expect(await textsOf(stage, ".slice .number:not([hidden])")).toEqual([]);
    expect(await stage.page.$$eval(".tag", (tags) => tags.filter((one) => one.ariaValueText!.includes("%")))).toEqual(
      [],
    );
    expect(stage.seen.complaints).toEqual([]);
  });
});

const LABELS = {
  letters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ".split(""),
  animals: ["hippopotamus", "a very long name of an animal", "cat"],
};

const withLabels = on(async () => {
  const folder = await copyOfSite();
  for (const [name, labels] of Object.entries(LABELS)) await addModel(folder, name, labels);
  await addModel(folder, "ways", Array.from("0123456789"), WAYS);
  return folder;
});

inChromium((stage) => {
  test("letters and long labels fit the smallest phones, and none covers another", async () => {
    for (const name of ["letters", "animals"] as const) {
      const viewport = { ...PHONE, width: 320, height: 640, deviceScaleFactor: 2 };
      await openPanel(stage, "percent", { digit: "3", viewport, query: `?model=${name}` });
      expect(await stage.overflow()).toBe(0);
      await expect.poll(async () => (await softmax(stage)).scores).toHaveLength(LABELS[name].length);
      await expect
        .poll(() =>
          stage.page.$$eval(".tag", (tags) => {
            const boxes = tags.map((one) => one.getBoundingClientRect());
            return boxes.flatMap((a, i) =>
              boxes
                .slice(i + 1)
                .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
                .map((b) => `${a.left} ${b.left}`),
            );
          }),
        )
        .toEqual([]);
      expectSoftmax(await softmax(stage));
    }
    expect(stage.seen.complaints).toEqual([]);
  });

  test("with four rows for each digit, a tag is the score of all of them together", async () => {
    await openPanel(stage, "percent", { digit: "3", query: "?model=ways" });
    const figure = await softmax(stage);
    expectSoftmax(figure);
    const drawn = await shares(stage);
    for (const [index, share] of drawn.entries()) expect(figure.slices[index]).toBeCloseTo(share, 5);
  });
}, withLabels);

inEveryBrowser((stage) => {
  test("a finger drags a score, and does not scroll the page", async () => {
    await openPage(stage, { viewport: PHONE });
    const hand = (stage.browser === "webkit" ? mouse : finger)(stage.page);
    await draw(stage.page, hand, DIGITS["3"]);
    await stage.panel("percent");
    const before = await softmax(stage);
    const [x, y] = await middleOf(stage, tag(3));
    const top = await stage.page.evaluate(() => scrollY);
    await hand.down(x, y);
    for (let step = 1; step <= 6; step++) await hand.move(x - 20 * step, y);
    await hand.up();
    const after = await softmax(stage);
    expect(after.scores[3]).toBeLessThan(before.scores[3]! - 2);
    expectSoftmax(after);
    expect(await stage.page.evaluate(() => scrollY)).toBe(top);
  });
});
