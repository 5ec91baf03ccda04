// What would change the model's mind: the fewest pixels, and painting single ones.
import { expect, test } from "vitest";
import { DIGITS, draw, mouse } from "./hand.ts";
import { DESKTOP, inEveryBrowser, inChromium, SMALLEST, THEMES, type Stage } from "./scenario.ts";

/** Scroll to the panel, which is fetched then, and wait until nothing above it grows any more. */
async function openChange(stage: Stage): Promise<void> {
  await stage.page.$eval("#change", (section) => {
    section.scrollIntoView();
  });
  await stage.page.waitForSelector(".change-frame");
  await stage.page.evaluate(async () => {
    let [still, y] = [0, NaN];
    for (let tries = 0; still < 5 && tries < 50; tries++) {
      document.querySelector("#change")?.scrollIntoView();
      await new Promise((resume) => setTimeout(resume, 50));
      const now = document.body.scrollHeight;
      still = now === y ? still + 1 : 0;
      y = now;
    }
  });
}

const choice = (index: number) => `.change-mind .choice:nth-child(${String(index + 1)})`;
const result = (stage: Stage) => stage.text(".change-result");
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
  const box = await (await stage.page.$(".change-frame"))?.boundingBox();
  if (!box) throw new Error("The picture is not visible.");
  return [box.x + ((column + 0.5) / 28) * box.width, box.y + ((row + 0.5) / 28) * box.height];
}

inEveryBrowser((stage) => {
  test("the hatched pixels turn the answer into the class that was asked for, and undo turns it back", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["3"]);
    const before = await stage.answer();
    await openChange(stage);
    await whenReads(stage, "3");
    for (const tool of ["erase", "add"]) {
      await stage.page.click(`.change-tools .action:nth-child(${tool === "erase" ? "1" : "2"})`);
      await stage.page.click(choice(8));
      const words = await result(stage);
      const count = Number(/ (\d+) hatched pixels, and it reads 8\./.exec(words)?.[1]);
      expect(count).toBeGreaterThan(1);
      expect(await hatched(stage)).toBe(count);
      await stage.page.click(".change-apply");
      await whenReads(stage, "8");
      expect(await stage.text(".pad-caption")).toBe(`Your drawing, ${String(count)} pixels changed.`);
      if (tool === "add") expect(await stage.colours(".picture canvas")).toBeGreaterThan(1); // what the model sees
      await stage.page.click(".change-undo");
      await whenReads(stage, "3");
      expect((await stage.answer()).bars).toEqual(before.bars);
    }
    expect(stage.seen.complaints).toEqual([]);
  });

  test("a test image is turned into what is written there, as few pixels as it takes", async ({ skip }) => {
    await stage.open(DESKTOP);
    await stage.ready();
    const link = await stage.page.evaluate(async () => {
      const read = async (path: string) => (await (await fetch(path)).json()) as Record<string, unknown>;
      const { models } = (await read("models/index.json")) as { models: { name: string }[] };
      const { version } = await read(`models/${models[0]!.name}/latest.json`);
      const { mistakes } = (await read(`models/${models[0]!.name}/${String(version)}/evaluation.json`)) as {
        mistakes?: { index: number; label: number }[];
      };
      return mistakes?.[0] ?? null;
    });
    if (!link) return skip("published without misread images");
    await stage.page.evaluate((index: number) => {
      location.hash = `#test=${String(index)}`;
    }, link.index);
    await stage.page.waitForFunction(() =>
      (document.querySelector(".pad-caption")?.textContent ?? "").endsWith("Wrong."),
    );
    await openChange(stage);
    await stage.page.waitForSelector(".change-apply[aria-disabled=false]");
    expect(await stage.text(".change-lead")).toMatch(/^It reads .*, but it is /);
    await stage.page.click(".change-apply");
    await stage.page.waitForFunction(() =>
      (document.querySelector(".pad-caption")?.textContent ?? "").endsWith("changed. Right."),
    );
    expect(await stage.text(".change-lead")).toMatch(/and that is right\.$/);
    expect(await stage.page.evaluate(() => location.hash)).not.toContain("test=");
  });

  test("pixels are painted with the mouse, a line in one step of undo, and the answer follows", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["7"]);
    await openChange(stage);
    await whenReads(stage, "7");
    const start = await share(stage);
    const picture = () => stage.page.$eval(".change-frame canvas", (canvas) => canvas.toDataURL());
    const before = await picture();
    await stage.page.click(".change-tools .action:nth-child(2)");
    await stage.page.mouse.move(...(await place(stage, 24, 4)));
    await stage.page.mouse.down();
    for (let column = 5; column < 24; column++) await stage.page.mouse.move(...(await place(stage, 24, column)));
    await stage.page.mouse.up();
    await stage.page.waitForFunction(() =>
      /^Your drawing, \d+ pixels changed/.test(document.querySelector(".pad-caption")!.textContent),
    );
    await stage.nextFrame();
    expect(await stage.text(".pad-caption")).toMatch(/^Your drawing, (1\d|20) pixels changed/); // some had ink
    expect(await share(stage)).not.toBe(start);
    expect(await stage.text(".change-readout")).toMatch(/^Row 25, column \d+: ink 1\.00\. It is full/);
    await stage.page.click(".change-undo");
    await stage.page.waitForFunction(() => document.querySelector(".pad-caption")!.textContent === "");
    await whenReads(stage, "7");
    expect(await share(stage)).toBe(start);
    await stage.page.waitForFunction(
      (before: string) => document.querySelector<HTMLCanvasElement>(".change-frame canvas")!.toDataURL() === before,
      {},
      before,
    );
    expect(stage.seen.complaints).toEqual([]);
  });

  test("pixels are painted with the keyboard, which tells what each one does", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["0"]);
    const place = () =>
      stage.page.$eval(".change-frame", (frame): [number, number] => [scrollY, frame.getBoundingClientRect().top]);
    await openChange(stage);
    await whenReads(stage, "0");
    await stage.page.click(".change-tools .action:nth-child(2)");
    await stage.page.focus(".change-frame");
    const [y, top] = await place();
    expect(await stage.text(".change-readout")).toMatch(
      /^Row 15, column 15: ink \d\.\d\d\. Inked, it moves \d by [+\u2212]?\d+\.\d\d against 0\.$/,
    );
    await stage.page.keyboard.press(" ");
    await stage.page.keyboard.press("ArrowDown");
    await stage.page.keyboard.press("Enter");
    await stage.page.waitForFunction(() =>
      document.querySelector(".pad-caption")!.textContent.startsWith("Your drawing, 2 pixels"),
    );
    expect(await stage.text(".change-readout")).toMatch(/^Row 16, column 15: ink 1\.00/);
    // The keys scroll nothing. When a panel above becomes lower, either the page keeps its place or what is seen on it.
    const [newY, newTop] = await place();
    expect(Math.min(Math.abs(newY - y), Math.abs(newTop - top))).toBeLessThan(1);
    expect(await stage.page.evaluate(() => document.activeElement?.classList.contains("change-frame"))).toBe(true);
    await stage.page.keyboard.down("Control");
    await stage.page.keyboard.press("z");
    await stage.page.keyboard.up("Control");
    await stage.page.waitForFunction(() =>
      document.querySelector(".pad-caption")!.textContent.startsWith("Your drawing, 1 pixel "),
    );
    expect(stage.seen.complaints).toEqual([]);
  });

  test("the smallest phone shows all of it without scrolling sideways, with targets for a finger", async () => {
    await stage.open(SMALLEST, "light", "?lang=de");
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["3"]);
    await openChange(stage);
    await stage.page.waitForSelector(".change-apply[aria-disabled=false]");
    expect(await stage.overflow()).toBe(0);
    expect(await stage.smallTargets(".change-mind button")).toEqual([]);
    const room = await stage.page.$eval(".change-frame", (frame) => innerWidth - frame.getBoundingClientRect().right);
    expect(room).toBeGreaterThan(44); // to scroll the page beside it
  });
});

inChromium((stage) => {
  test.each(THEMES)("axe finds nothing in the %s theme with pixels hatched", async (theme) => {
    await stage.open(DESKTOP, theme);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["4"]);
    await openChange(stage);
    await whenReads(stage, "4");
    await stage.page.focus(".change-frame");
    expect(await stage.axeFindings()).toEqual([]);
  });
});
