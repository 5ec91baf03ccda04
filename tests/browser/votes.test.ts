// Stop 3: ink × weights = votes. The sum is tested in web/src/page/explain.test.ts, the scale in
// votes/blocks.test.ts.
import { expect, test } from "vitest";
import { addModel } from "../../web/src/testing/site.ts";
import { atRest, inChromium, inEveryBrowser, makeSite, number, PHONE, Stage } from "./scenario.ts";

const bar = (index: number) => `.bars li:nth-child(${index + 1}) .bar`;

/** The numbers in the captions, and the pixel that is marked in all three pictures. */
async function reading(stage: Stage) {
  await stage.nextFrame();
  const values = (await stage.texts(".equation figcaption b")).map(number);
  const places = await stage.page.$$eval(".spot", (spots) =>
    (spots as HTMLElement[]).map(({ style }) =>
      [Number.parseFloat(style.left), Number.parseFloat(style.top)].join(),
    ),
  );
  expect(new Set(places).size).toBe(1);
  const [left, top] = places[0]!.split(",").map((place) => Math.round((Number(place) * 28) / 100));
  return { left: left!, top: top!, ink: values[0]!, weight: values[1]!, vote: values[2]! };
}

/** The terms of the sum, which add up to its score: five numbers, rounded to 0.1. */
async function sum(stage: Stage) {
  await stage.nextFrame();
  const text = await stage.text(".sum");
  const found = /^([\d.]+) for − ([\d.]+) against ([+−]) ([\d.]+) bias = score (\S+)$/.exec(text);
  if (!found) throw new Error(`No sum in: ${text}`);
  const [plus, minus, bias, score] = [found[1], found[2], found[3]! + found[4]!, found[5]].map(
    number,
  );
  expect(Math.abs(plus! - minus! + bias! - score!)).toBeLessThan(0.21);
  return { plus: plus!, minus: minus!, bias: bias!, score: score! };
}

inChromium((stage) => {
  test("one pixel is chosen in all three pictures, under the mouse and by the arrow keys, and its ink times its weight is its vote", async () => {
    await stage.open({ panel: "votes", digit: "3" });
    const first = await reading(stage); // the strongest vote
    expect(first.vote).not.toBe(0);
    // three numbers rounded to 0.01
    expect(Math.abs(first.ink * first.weight - first.vote)).toBeLessThan(0.02);
    await stage.page.focus(".vote .frame");
    const top = await stage.page.evaluate(() => scrollY);
    await stage.keys("ArrowDown");
    expect(await reading(stage)).toMatchObject({ left: first.left, top: first.top + 1 });
    await expect
      .poll(() => stage.text(".equation [role=status]"))
      .toMatch(
        new RegExp(
          `^Row ${first.top + 2}, column ${first.left + 1}: ink \\S+ × weight \\S+ = vote \\S+$`,
        ),
      );
    await stage.keys("ArrowUp", "ArrowRight", "ArrowLeft");
    expect(await reading(stage)).toEqual(first);
    for (let step = 0; step < 30; step++) await stage.keys("ArrowLeft");
    expect(await reading(stage)).toMatchObject({ left: 0, top: first.top, ink: 0, vote: 0 });
    expect(await stage.page.evaluate(() => scrollY)).toBe(top);

    const { x, y, width, height } = await stage.placeOf(".equation figure:first-child .frame");
    await stage.page.mouse.move(
      x + ((first.left + 0.5) / 28) * width,
      y + ((first.top + 0.5) / 28) * height,
    );
    await expect.poll(() => reading(stage)).toEqual(first);
  });

  test("a bar chooses the answer whose weights and sum are shown; an empty page has no votes, only biases", async () => {
    await stage.open({ panel: "votes", digit: "3" });
    const caption = () => stage.text(".equation figure:nth-of-type(2) figcaption span");
    await expect.poll(() => caption()).toBe("weights for 3");
    const ours = await sum(stage);
    await stage.page.click(bar(8));
    await stage.page.mouse.move(1, 1);
    await stage.page.focus(".vote .frame");
    await expect.poll(() => caption()).toBe("weights for 8");
    expect((await sum(stage)).score).toBeLessThan(ours.score);

    await stage.page.click(".clear");
    await stage.panel("votes");
    const empty = await sum(stage);
    expect([empty.plus, empty.minus, empty.score]).toEqual([0, 0, empty.bias]);
    await expect.poll(() => stage.colours(".vote canvas")).toBe(1);
    expect(await reading(stage)).toMatchObject({ ink: 0, vote: 0 });
  });

  test("the votes fall when the scale is first seen, and again when a button is pressed", async () => {
    // the scale is below the window
    await stage.open({ panel: "votes", digit: "3", viewport: PHONE });
    /** Bring them to fall, and wait until they have moved. */
    const falls = (press: boolean) =>
      stage.page.evaluate(async (press) => {
        const button = document.querySelector<HTMLElement>(".total .action")!;
        if (press) button.click();
        else button.scrollIntoView({ block: "center", behavior: "instant" });
        const seen = new Set<string>();
        while (seen.size < 4) {
          await new Promise((next) => requestAnimationFrame(next));
          seen.add(document.querySelector<HTMLCanvasElement>(".fall")!.toDataURL());
        }
      }, press);
    // ms; for 0.2 s before the mark nothing moves
    const rest = () => atRest(() => stage.pixels(".fall"), 500);
    await falls(false);
    const before = await rest();
    await falls(true);
    expect(await rest()).toBe(before);
  });
});

const LABELS = ["hippopotamus", "a very long name of an animal", "cat"];
const withModels = new Stage(() =>
  makeSite({ letters: Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZ") }, (site) => {
    /** Four rows for each digit, whose shares are added up. */
    const layers = [
      { units: 40, activation: "softmax" },
      { units: 10, adds: true },
    ];
    addModel(site, "ways", Array.from("0123456789"), layers);
    addModel(site, "animals", LABELS, [{ units: 3, activation: "softmax", useBias: false }]);
  }),
);

inChromium((stage) => {
  test("with four rows for each digit, the best one's sum is shown, and what each row gives to its digit", async () => {
    await stage.open({ panel: "votes", digit: "3", query: "?model=ways" });
    await stage.page.click(bar(5));
    await stage.says(
      ".equation figure:nth-of-type(2) figcaption span",
      /^weights for 5 \(.+ way\)$/,
    );
    const way = number(
      await stage
        .text(".equation figure:nth-of-type(2) figcaption span")
        .then((text) => text.slice(14)),
    );
    await sum(stage);
    const ways = await stage.texts(".ways figcaption");
    // four rounded to 1
    expect(Math.abs(ways.map(number).reduce((a, b) => a + b) - 100)).toBeLessThanOrEqual(2);
    const shown = await stage.page.$$eval(".way", (all) =>
      all.map((one) => one.classList.contains("shown")),
    );
    expect(shown.map((is, index) => (is ? index + 1 : 0)).filter(Boolean)).toEqual([way]);
    // The next stop shows the shares of all four together; the one after it works with one row for
    // each digit.
    await stage.panel("percent");
    const slices = await stage.page.$$eval(".slice", (all) =>
      all.map((one) => Number((one as HTMLElement).style.flexGrow)),
    );
    const drawn = (await stage.shares()).map((share): unknown => expect.closeTo(1000 * share, 1));
    expect(slices).toEqual(drawn);
    expect(await stage.page.$eval("#mind", (stop) => stop.checkVisibility())).toBe(false);
  });

  test("many and long labels fit the smallest phone, and without biases nothing is said of them", async () => {
    for (const name of ["letters", "animals"]) {
      await stage.open({ digit: "3", viewport: { ...PHONE, width: 320 }, query: `?model=${name}` });
      for (const panel of ["votes", "percent"]) await stage.panel(panel);
      expect(await stage.overflow()).toBe(0);
    }
    await stage.says(".sum", /^[\d.]+ for − [\d.]+ against = score \S+$/);
    await expect.poll(async () => (await stage.texts(".tag")).length).toBe(LABELS.length);
  });
}, withModels);

inEveryBrowser((stage) => {
  test("a pixel stays chosen after a touch, and buttons above the pictures choose the answer", async ({
    skip,
  }) => {
    if (stage.browser === "webkit")
      return skip("WebKitWebDriver hands touch to the page as events of a mouse");
    await stage.open({ viewport: PHONE });
    await stage.draw("0", undefined, stage.page.touchscreen);
    await stage.panel("votes");
    await stage.page.touchscreen.touchStart(...(await stage.placeOf(".vote .frame")).middle);
    await stage.page.touchscreen.touchEnd();
    const fromMiddle = async () => {
      const { left, top } = await reading(stage);
      return Math.max(Math.abs(left - 13.5), Math.abs(top - 13.5)); // of 28 × 28
    };
    await expect.poll(() => fromMiddle()).toBeLessThan(1);
    await stage.placeOf("#votes .choices");
    await stage.page.click("#votes .choice:nth-child(9)");
    await stage.says("#votes .choice.shown", "8");
    await stage.says(".equation figure:nth-of-type(2) figcaption span", "weights for 8");
    expect(await stage.overflow()).toBe(0);
  });
});
