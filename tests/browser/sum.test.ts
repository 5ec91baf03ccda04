// The sum that one can see: products that fall, scores that can be dragged, and the answer to an empty page. The effect of
// a moved score is tested in web/src/page/why/whatif.test.ts; the places of handles in line-layout.test.ts.
import { expect, test } from "vitest";
import { DIGITS, draw, finger, mouse } from "./hand.ts";
import {
  drawDigit,
  isOff,
  isShown,
  keys,
  middleOf,
  number,
  openPage,
  openPanel,
  says,
  scrollTo,
  textsOf,
} from "./panel.ts";
import { inChromium, inEveryBrowser, PHONE, type Stage } from "./scenario.ts";
import { addModel, copyOfSite, on } from "./site.ts";

/** Handles are the only `div`s on their line. */
const handle = (index: number) => `.shares .handle:nth-of-type(${index + 1})`;

/** Reads the number line, the table and the parts of the whole. */
const softmax = async (stage: Stage) => {
  await stage.nextFrame();
  return stage.page.evaluate(() => {
    const rows = [...document.querySelectorAll(".shares tbody tr")].map((row) =>
      [...row.querySelectorAll("td")].map(({ textContent }) => textContent),
    );
    const parts = [...document.querySelectorAll<HTMLElement>(".stack-part")];
    return {
      rows,
      values: [...document.querySelectorAll(".shares .handle")].map((one) => Number(one.ariaValueNow)),
      parts: parts.map((part) => Number(part.style.getPropertyValue("--share"))),
      winner: document.querySelector(".shares tr.winner th")?.textContent ?? "",
      conclusion: document.querySelector(".conclusion")?.textContent ?? "",
      isWhatIf: document.querySelector(".shares")!.classList.contains("what-if"),
    };
  });
};

/** Softmax, worked out anew from the values of the handles. */
function expectSoftmax({ values, rows, parts }: Awaited<ReturnType<typeof softmax>>): void {
  const powers = values.map((value) => Math.exp(value - Math.max(...values)));
  const total = powers.reduce((a, b) => a + b);
  for (const [index, [score, , share]] of rows.entries()) {
    expect(Math.abs(number(score) - values[index]!)).toBeLessThan(0.0051);
    expect(Math.abs(parts[index]! - powers[index]! / total)).toBeLessThan(1e-4); // values have six digits
    const percent = (100 * powers[index]!) / total;
    if (share!.startsWith(">")) expect(percent).toBeGreaterThan(number(share));
    else expect(Math.abs(number(share) - percent)).toBeLessThan(0.061);
  }
}

inChromium((stage) => {
  test("a score that is dragged takes its share along, as a what-if, and a button leads back", async () => {
    await openPanel(stage, "why", { digit: "3" });
    const before = await softmax(stage);
    expectSoftmax(before);
    expect([before.winner, before.isWhatIf, await isOff(stage, ".back")]).toEqual(["3", false, true]);
    const answer = await stage.text(".bar.winner .bar-value");

    const [x, y] = await middleOf(stage, handle(8));
    const width = await stage.page.$eval(".shares .line", (line) => line.clientWidth);
    await stage.page.mouse.move(x, y);
    await stage.page.mouse.down();
    for (let step = 1; step <= 6; step++) await stage.page.mouse.move(x + (step * width) / 10, y);
    expectSoftmax(await softmax(stage));
    await stage.page.mouse.up();
    const after = await softmax(stage);
    expectSoftmax(after);
    expect(after.values[8]).toBeGreaterThan(before.values[8]!);
    expect(after.values.filter((_, index) => index !== 8)).toEqual(before.values.filter((_, index) => index !== 8));
    expect([after.isWhatIf, after.winner]).toEqual([true, "8"]);
    expect(after.conclusion).toMatch(/^What if 8 scored [\d.]+ more\?.*would be 8 instead of 3/);
    // The model's own answer stays.
    await expect.poll(() => stage.text(".bar.winner .bar-value")).toBe(answer);
    await expect.poll(() => stage.text(".reason .choice.shown")).toBe("8");
    await stage.page.click(".back");
    await expect.poll(() => softmax(stage)).toMatchObject({ values: before.values, isWhatIf: false });
    await expect.poll(() => isOff(stage, ".back")).toBe(true);

    // With the next drawing it is forgotten.
    await stage.page.focus(handle(8));
    await keys(stage, "End");
    await expect.poll(async () => (await softmax(stage)).isWhatIf).toBe(true);
    await stage.page.click(".clear");
    await drawDigit(stage, "7");
    await stage.panel("why");
    await expect.poll(() => softmax(stage)).toMatchObject({ isWhatIf: false, winner: "7" });
    expect(stage.seen.complaints).toEqual([]);
  });

  test("the arrow keys move a score; raising every score alike moves no share", async () => {
    await openPanel(stage, "why", { digit: "3" });
    const before = await softmax(stage);
    // On each line one handle is a stop of the Tab key.
    await expect.poll(() => textsOf(stage, ".shares div.handle[tabindex='0']")).toEqual(["3"]);
    await stage.page.focus(handle(3));
    const top = await stage.page.evaluate(() => scrollY);
    const valueText = () => stage.page.$eval(handle(3), ({ ariaValueText }) => ariaValueText);
    await keys(stage, "ArrowLeft");
    const step = before.values[3]! - (await softmax(stage)).values[3]!;
    expect(step).toBeGreaterThan(0);
    await expect.poll(() => valueText()).toMatch(/^[+\u2212][\d.]+, share >?[\d.]+\u00a0%$/);
    await keys(stage, "ArrowDown", "ArrowLeft", "ArrowUp");
    await expect.poll(async () => (await softmax(stage)).values[3]).toBeCloseTo(before.values[3]! - 2 * step, 2);
    await keys(stage, "Home");
    await expect.poll(async () => (await softmax(stage)).winner).not.toBe("3");
    expect(await stage.page.evaluate(() => scrollY)).toBe(top);
    await stage.page.click(".back");

    await stage.page.click(".lift");
    await expect
      .poll(async () => (await softmax(stage)).conclusion)
      .toMatch(/^What if every score were 1\.00 higher\?.*no share changes/);
  });

  test("an empty page gets the softmax of the biases, before a drawing and after it", async () => {
    await openPage(stage);
    await stage.page.click(".clear"); // the sample that draws itself gives way
    await stage.panel("why");
    const empty = await softmax(stage);
    expectSoftmax(empty);
    await expect.poll(() => stage.text(".why-lead")).toMatch(/^What if the page is empty\? .*Draw above/);
    await expect.poll(() => stage.text(".sum-for")).toBe("0.00");
    await expect.poll(() => stage.text(".sum-score")).toBe(await stage.text(".sum-bias"));
    await expect.poll(() => stage.colours(".product canvas")).toBe(1);
    const legend = await stage.page.$eval(".product ~ .legend", (legend) => getComputedStyle(legend).visibility);
    expect(legend).toBe("hidden");
    await expect.poll(() => stage.text(".ledger caption")).toContain("an empty page");
    // Every weight can be read meanwhile.
    await stage.page.focus(".product .frame");
    await expect.poll(() => stage.text(".readout")).toMatch(/no ink, so its weight, \S+, has no effect$/);

    await scrollTo(stage, "body");
    await drawDigit(stage, "3");
    await stage.panel("why");
    expect((await softmax(stage)).winner).toBe("3");
    await expect.poll(() => stage.text(".back")).toBe("Back to your drawing");
    await stage.page.click(".clear");
    await stage.panel("why");
    await expect.poll(async () => (await softmax(stage)).values).toEqual(empty.values);

    // The products fall when the button is pressed, and lie in their bars afterwards.
    await scrollTo(stage, "body");
    await drawDigit(stage, "3");
    await stage.panel("why");
    await middleOf(stage, ".fall-again");
    await stage.page.waitForFunction(() => document.querySelector(".falling") === null);
    const { colours, hidden } = await stage.page.evaluate(async () => {
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      document.querySelector<HTMLElement>(".fall-again")!.click();
      do await frame();
      while (!document.querySelector(".falling"));
      const bar = document.querySelector(".sum-bar.plus canvas")!;
      const hidden = getComputedStyle(bar).visibility === "hidden";
      let colours = 0; // the most that were there at once
      for (let canvas; (canvas = document.querySelector<HTMLCanvasElement>(".fall")); await frame()) {
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d")!; // who reads one often is warned
        copy.drawImage(canvas, 0, 0);
        const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
        colours = Math.max(colours, new Set(new Uint32Array(data.buffer)).size);
      }
      return { colours, hidden };
    });
    expect(colours).toBeGreaterThan(20);
    expect(hidden).toBe(true);
    expect(await stage.page.$(".fall")).toBeNull();
    await expect.poll(() => stage.colours(".sum-bar.plus canvas")).toBeGreaterThan(10);
    expect(stage.seen.complaints).toEqual([]);
  });
});

const LABELS = {
  letters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ".split(""),
  animals: ["hippopotamus", "a very long name of an animal", "cat"],
};

const withLabels = on(async () => {
  const folder = await copyOfSite();
  for (const [name, labels] of Object.entries(LABELS)) {
    await addModel(folder, name, labels, [
      { units: labels.length, activation: "softmax", useBias: name === "letters" },
    ]);
  }
  await addModel(folder, "ways", Array.from("0123456789"), [
    { units: 40, activation: "softmax" },
    { units: 10, adds: true },
  ]);
  return folder;
});

inChromium((stage) => {
  test("letters and long labels fit the smallest phones, and none covers another; without biases nothing is said of them", async () => {
    for (const name of ["letters", "animals"] as const) {
      const viewport = { ...PHONE, width: 360, height: 640, deviceScaleFactor: 2 };
      await openPanel(stage, "why", { digit: "3", viewport, query: `?model=${name}` });
      expect(await stage.overflow()).toBe(0);
      await expect.poll(async () => (await softmax(stage)).values).toHaveLength(LABELS[name].length);
      const covered = await stage.page.$$eval(".shares .handle", (handles) => {
        const boxes = handles.map((handle) => handle.getBoundingClientRect());
        return boxes.flatMap((a, i) =>
          boxes
            .slice(i + 1)
            .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
            .map((b) => `${a.left} ${b.left}`),
        );
      });
      expect(covered).toEqual([]);
      expectSoftmax(await softmax(stage));
    }
    await expect.poll(() => isShown(stage, ".sum-bias")).toBe(false);
    await expect.poll(() => stage.text(".formula")).not.toContain("b");
    await stage.page.click(".clear");
    await stage.panel("why");
    const { rows } = await softmax(stage);
    expect(rows.map(([, , share]) => share)).toEqual(rows.map(() => "33.3\u00a0%"));
    expect(stage.seen.complaints).toEqual([]);
  });

  test("with four rows for each digit, the best one's sum is explained, and the shares of the four add up", async () => {
    await openPanel(stage, "why", { digit: "3", query: "?model=ways" });
    await stage.page.click(".reason .choice:nth-child(6)");
    await stage.page.mouse.move(1, 1);
    const [, way, score, share] =
      /^Why (?:not )?5\? Its (\dst|\dnd|\drd|\dth) way of writing 5 .* score of (\S+)\. .* add up to (\S+\s%)\.$/.exec(
        await says(stage, ".why-lead", /5/),
      )!;
    await expect
      .poll(() => stage.text(".ledger caption"))
      .toBe(`The calculation for 5 (${way!} way), with your drawing`);
    await expect.poll(() => stage.text(".sum-score")).toBe(score);
    const parts = await Promise.all(["for", "against", "bias", "score"].map((row) => stage.text(`.sum-${row}`)));
    const [plus, minus, bias, sum] = parts.map(number);
    expect(Math.abs(plus! + minus! + bias! - sum!)).toBeLessThan(0.021); // four numbers rounded to 0.01
    await expect.poll(() => textsOf(stage, ".ways .way.shown")).toHaveLength(1);
    const shares = (await textsOf(stage, ".ways figcaption")).map(number);
    expect(shares).toHaveLength(4);
    expect(Math.abs(shares.reduce((a, b) => a + b) - number(share))).toBeLessThan(0.26); // five rounded to 0.1
    await expect.poll(() => stage.text(".shares tbody tr:nth-child(6) td:last-child")).toBe(share);

    await stage.panel("weights");
    await expect.poll(() => stage.text(".weights-one figcaption")).toBe(`the weights of 5 (${way!} way)`);
    expect(
      await stage.page.$$eval(".template", (all) => all.map((one) => one.querySelectorAll("canvas").length)),
    ).toEqual(Array<number>(10).fill(4));
    const best = await stage.page.$$eval(".template.shown .frame", (all) =>
      all.map((one) => one.classList.contains("best")),
    );
    expect(best.indexOf(true) + 1).toBe(Number(way![0]));
    // One row for each digit is what these work with.
    for (const id of ["change", "learn", "train"]) expect(await isShown(stage, `#${id}`)).toBe(false);
    expect(stage.seen.complaints).toEqual([]);
  });
}, withLabels);

inEveryBrowser((stage) => {
  test("a finger drags a score, and does not scroll the page", async () => {
    await openPage(stage, { viewport: PHONE });
    const hand = (stage.browser === "webkit" ? mouse : finger)(stage.page);
    await draw(stage.page, hand, DIGITS["3"]);
    await stage.panel("why");
    const before = await softmax(stage);
    const [x, y] = await middleOf(stage, handle(3));
    const top = await stage.page.evaluate(() => scrollY);
    await hand.down(x, y);
    for (let step = 1; step <= 6; step++) await hand.move(x - 20 * step, y);
    await hand.up();
    const after = await softmax(stage);
    expect(after.values[3]).toBeLessThan(before.values[3]! - 2);
    expectSoftmax(after);
    expect(await stage.page.evaluate(() => scrollY)).toBe(top);
  });
});
