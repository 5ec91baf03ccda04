// Why this answer. The sum and its terms are decided in web/src/page/why/explain.test.ts.
import { expect, test } from "vitest";
import { DIGITS, draw, finger } from "./hand.ts";
import { boxOf, keys, middleOf, number, openPage, openPanel, says, scrollTo, textsOf } from "./panel.ts";
import { inChromium, inEveryBrowser, PHONE, type Stage } from "./scenario.ts";

const read = async (stage: Stage, selector: string) => number(await stage.text(selector));
const choice = (index: number) => `.reason .choice:nth-child(${index + 1})`;

inChromium((stage) => {
  test("a pixel tells its own product, under the mouse and by the arrow keys", async () => {
    await openPanel(stage, "why", { digit: "3" });
    await says(stage, ".why-lead", /^Why 3\?/); // no longer about the page's own example
    const readout = async () => {
      await stage.nextFrame();
      const text = await stage.text(".readout");
      const found = /^Row (\d+), column (\d+): ink ([\d.]+), times weight (\S+), is (\S+)$/.exec(text);
      if (!found) throw new Error(`No product in: ${text}`);
      const [row, column, ink, weight, product] = found.slice(1).map(number);
      return { ...{ row: row!, column: column!, ink: ink! }, ...{ weight: weight!, product: product! } };
    };
    // The strongest pixel of all, when the picture gets the focus.
    await stage.page.focus(".product .frame");
    const first = await readout();
    const exact = ({ ink, weight, product }: typeof first) =>
      Math.abs(ink * weight - product) <= 0.0005 * Math.abs(weight) + 0.00005 * ink + 0.000051; // rounded to three and four digits
    expect(exact(first)).toBe(true);
    const high = await stage.text(".equation .legend-high");
    expect(Math.abs(first.product)).toBeLessThanOrEqual(number(high) + 0.005);
    // Its piece of the bar is marked, and as long a part of it as the product is of the sum.
    const side = first.product > 0 ? "plus" : "minus";
    const share = await stage.page.evaluate((side: string) => {
      const track = document.querySelector(`.sum-bar.${side}`)!.parentElement!;
      const part = (selector: string) =>
        Number(track.querySelector<HTMLElement>(selector)!.style.getPropertyValue("--length"));
      return part(".sum-piece") / part(".sum-bar");
    }, side);
    const sum = await read(stage, side === "plus" ? ".sum-for" : ".sum-against");
    expect(share).toBeCloseTo(first.product / sum, 3);

    const top = await stage.page.evaluate(() => scrollY);
    await keys(stage, "ArrowDown");
    const { row, column } = await readout();
    expect([row, column]).toEqual([first.row + 1, first.column]);
    await keys(stage, "ArrowUp", "ArrowRight", "ArrowLeft");
    await expect.poll(() => readout()).toEqual(first);
    expect(await stage.page.evaluate(() => scrollY)).toBe(top);
    for (let step = 0; step < 30; step++) await keys(stage, "ArrowLeft");
    await expect
      .poll(() => stage.text(".readout"))
      .toMatch(new RegExp(`^Row ${first.row}, column 1: no ink, so its weight, \\S+, has no effect$`));
    await stage.page.focus(".answer");
    await expect.poll(() => stage.text(".readout")).toMatch(/^Point at a pixel/);

    // By mouse, on the ink of the picture of the input.
    await scrollTo(stage, ".equation", "center");
    const box = await boxOf(stage, ".equation figure:first-child .frame");
    await stage.page.mouse.move(
      box.x + ((first.column - 0.5) / 28) * box.width,
      box.y + ((first.row - 0.5) / 28) * box.height,
    );
    await expect.poll(() => readout()).toEqual(first);
    expect(
      await stage.page.$$eval(".equation .pixel-cursor", (cursors) =>
        cursors.every((cursor) => cursor.checkVisibility()),
      ),
    ).toBe(true);
    expect(stage.seen.complaints).toEqual([]);
  });

  test("any class can be asked about, in step with the bars and the weights", async () => {
    await openPanel(stage, "why", { digit: "3" });
    await expect.poll(() => stage.text(".why-lead")).toMatch(/^Why 3\? .*highest score/);
    await expect.poll(() => stage.text(".versus h3")).toMatch(/^Why 3 and not \d\?$/);
    await stage.page.click(choice(8));
    await stage.page.mouse.move(1, 1);
    await stage.page.focus(".product .frame");
    await expect.poll(() => stage.text(".why-lead")).toMatch(/^Why not 8\? .*less than 3/);
    await expect.poll(() => stage.text(".versus h3")).toBe("Why 3 and not 8?");
    await expect.poll(() => stage.text('.bar[aria-pressed="true"] .bar-label')).toBe("8");
    await expect.poll(() => stage.text(".shares tr.shown th")).toBe("8");

    await expect
      .poll(async () => (await textsOf(stage, ".versus tbody th")).slice(0, 2))
      .toEqual(["pixels that favour 3 over 8", "pixels that favour 8 over 3"]);
    const [ours, theirs, bias, lead] = await Promise.all(
      ["answer", "rival", "bias", "lead"].map((part) => read(stage, `.lead-${part}`)),
    );
    expect(Math.abs(ours! + theirs! + bias! - lead!)).toBeLessThan(0.021); // four numbers rounded to 0.01
    const score = (index: number) => read(stage, `.shares tbody tr:nth-child(${index + 1}) td`);
    expect(Math.abs((await score(3)) - (await score(8)) - lead!)).toBeLessThan(0.016); // three such

    expect(stage.seen.complaints).toEqual([]);
  });
});

inEveryBrowser((stage) => {
  test("a pixel's product stays readable after a touch", async ({ skip }) => {
    if (stage.browser === "webkit") return skip("WebKitWebDriver hands touch to the page as events of a mouse");
    await openPage(stage, { viewport: PHONE });
    await draw(stage.page, finger(stage.page), DIGITS["0"]);
    await stage.panel("why");
    await stage.page.touchscreen.touchStart(...(await middleOf(stage, ".product .frame")));
    await stage.page.touchscreen.touchEnd();
    await expect.poll(() => stage.text(".readout")).toMatch(/^Row 1\d, column 1\d: /);
  });
});
