// Taking steps of stochastic gradient descent in the page.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DIGITS, draw, mouse } from "./hand.ts";
import { DESKTOP, inEveryBrowser, manifestOf, SITE, SMALLEST, THEMES, type Stage } from "./scenario.ts";

const number = (text: string) => Number.parseFloat(text.replace("\u2212", "-"));
/** The button that calls a class right. */
const truth = (index: number) => `.truths .choice:nth-child(${String(index + 1)})`;

interface Published {
  readonly name: string;
  readonly version: string;
  readonly recipe: { readonly training: { readonly learning_rate: number } };
  readonly files: Readonly<Partial<Record<string, { path: string }>>>;
}
/** Of the site's first model. */
const record = async () => (await manifestOf()).manifest as unknown as Published;

/** Scroll to the panel, which is fetched then. */
async function openPanel(stage: Stage): Promise<void> {
  await stage.page.$eval("#learn", (section) => {
    section.scrollIntoView();
  });
  await stage.page.waitForSelector(".learn .choice");
  // The panel above it is fetched too, and may move it: a click must not come meanwhile.
  await stage.page.evaluate(async () => {
    const learn = document.querySelector("#learn");
    let still = 0;
    let top = NaN;
    for (let tries = 0; still < 5 && tries < 50; tries++) {
      await new Promise((resume) => setTimeout(resume, 50));
      const now = learn?.getBoundingClientRect().top ?? NaN;
      still = now === top ? still + 1 : 0;
      top = now;
    }
  });
}

const rows = (stage: Stage) =>
  stage.page.$$eval(".learn .answers tbody tr", (rows) =>
    rows.map((row) => ({
      isTruth: row.classList.contains("truth"),
      cells: [...row.querySelectorAll("td:not(.share-bar)")].map((cell) => cell.textContent),
    })),
  );

const points = (stage: Stage) =>
  stage.page.$eval(".loss-chart polyline", (line) =>
    (line.getAttribute("points") ?? "")
      .split(" ")
      .filter((point) => point !== "")
      .map((point) => Number(point.split(",")[1])),
  );

const status = (stage: Stage) => stage.text('.learn .lesson-status [role="status"]');

inEveryBrowser((stage) => {
  test("a step makes the truth more probable in a copy, and the model stays as it was", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    expect(stage.seen.requests.some((url) => /learn-[^/]+\.js$/.test(url))).toBe(false);
    await draw(stage.page, mouse(stage.page), DIGITS["3"]);
    const before = await stage.answer();
    await openPanel(stage);
    await stage.page.click(truth(8));
    const start = await rows(stage);
    expect(start.map(({ isTruth }) => isTruth).indexOf(true)).toBe(8);
    expect(start.map(({ cells }) => cells[0])).toEqual(start.map(({ cells }) => cells[1]));
    const p = (cells: readonly string[]) => number(cells[1]!.replace(">", "")) / 100;
    for (const [index, { cells }] of start.entries()) {
      // A share rounded to 0.001, or not above 0.999; p − y to 0.001.
      expect(Math.abs(number(cells[2]!) - (p(cells) - (index === 8 ? 1 : 0)))).toBeLessThan(0.0021);
    }
    expect(await points(stage)).toHaveLength(1);

    await stage.page.click(".step-one");
    const told = /^1 step taken\. The loss went from ([\d.]+) to ([\d.]+)\./.exec(await status(stage));
    const [first, second] = told!.slice(1).map(Number);
    expect(second).toBeLessThan(first!);
    const after = await rows(stage);
    // The loss is −log p of the truth: p to 0.0005, the loss to 0.0005.
    expect(Math.abs(Math.exp(-second!) - p(after[8]!.cells))).toBeLessThanOrEqual(0.0011);
    expect(p(after[8]!.cells)).toBeGreaterThan(p(start[8]!.cells));
    expect(after.map(({ cells }) => cells[0])).toEqual(start.map(({ cells }) => cells[0]));

    await stage.page.click(".step-many");
    expect(await status(stage)).toMatch(/^21 steps taken\./);
    const line = await points(stage);
    expect(line).toHaveLength(22);
    expect(line.every((y, index) => index === 0 || y >= line[index - 1]!)).toBe(true); // downwards on the screen
    expect(await stage.colours(".changes canvas")).toBeGreaterThan(1);
    expect(await stage.answer()).toEqual(before); // of the model itself

    await stage.page.click(".step-reset");
    expect(await rows(stage)).toEqual(start);
    expect(stage.seen.complaints).toEqual([]);
  });

  test("a smaller learning rate goes a shorter way", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["3"]);
    await openPanel(stage);
    await stage.page.click(truth(8));
    const lossAfter = async (rate: number) => {
      await stage.page.click(`.rates .choice:nth-child(${String(rate)})`);
      await stage.page.click(".step-one");
      const loss = number(/ to ([\d.]+)\. /.exec(await status(stage))![1]!);
      await stage.page.click(".step-reset");
      return loss;
    };
    expect(await lossAfter(1)).toBeLessThan(await lossAfter(2));
    const manifest = await record();
    expect(await stage.text(".rates .choice")).toBe(String(manifest.recipe.training.learning_rate));
  });

  test("the test images say what a lesson costs", async ({ skip }) => {
    const manifest = await record();
    const reference = manifest.files["reference"];
    if (!reference || !manifest.files["reference_images"]) return skip("this version carries no reference images");
    const folder = join(SITE, "models", manifest.name, manifest.version);
    const { images } = JSON.parse(await readFile(join(folder, reference.path), "utf8")) as {
      images: { label: number; probabilities: number[] }[];
    };
    const right = images.filter(
      ({ label, probabilities }) => probabilities.indexOf(Math.max(...probabilities)) === label,
    ).length;

    stage.host.tamper = (path, body) => (path.endsWith("reference.bin") ? null : body);
    await stage.open(DESKTOP);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["3"]);
    await openPanel(stage);
    await stage.page.click(truth(8));
    await stage.page.click(".step-many");
    await stage.page.waitForSelector(".cost .retry");
    expect(await stage.text(".cost-state details p")).toContain("404");
    stage.host.tamper = (_, body) => body;
    await stage.page.click(".cost .retry");
    await stage.page.waitForSelector(".cost tbody tr");
    const told = /^Of (\d+) test images.* (\d+) were answered correctly before the lesson, and (\d+) are now/
      .exec(await stage.text(".cost-words"))!
      .slice(1)
      .map(Number);
    expect(told[0]).toBe(images.length);
    // Keras' own answers, but the page has downloaded 8-bit weights, which answer one image in two thousand otherwise.
    expect(Math.abs(told[1]! - right)).toBeLessThanOrEqual(1);
    expect(told[2]).toBeLessThan(told[1]!); // it was taught that a 3 is an 8
    const cells = await stage.page.$$eval(".cost tbody tr", (rows) =>
      rows.map((row) => [...row.querySelectorAll("td")].map((cell) => Number(cell.textContent))),
    );
    for (const [column, total] of told.entries()) {
      expect(cells.reduce((sum, row) => sum + row[column]!, 0)).toBe(total);
    }
    await stage.page.click(".step-reset");
    expect(await stage.page.$(".cost table:not([hidden])")).toBeNull();
  });

  test("without a drawing or a truth nothing is claimed, and no step taken", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    await openPanel(stage);
    const idle = async () => {
      expect((await rows(stage)).every(({ cells }) => cells.every((cell) => cell === "\u2013"))).toBe(true);
      expect(await stage.page.$(".changes:not([hidden])")).toBeNull();
      expect(await stage.text(".learn .empty")).toContain("Draw something");
    };
    await idle();
    await stage.page.click(".step-one");
    expect(await status(stage)).toBe("Draw something first.");
    await stage.page.click(truth(3));
    await idle();
    await stage.page.evaluate(() => {
      scrollTo(0, 0);
    });
    await draw(stage.page, mouse(stage.page), DIGITS["3"]);
    await stage.nextFrame();
    await stage.page.click(".step-one");
    expect(await status(stage)).toBe("Choose the right answer first.");
    expect((await rows(stage))[3]?.cells[2]).toBe("\u2013");
    await stage.page.click(".clear");
    await stage.nextFrame();
    await idle();
    expect(stage.seen.complaints).toEqual([]);
  });

  test("axe finds nothing while nothing is drawn", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    await openPanel(stage);
    expect(await stage.axeFindings()).toEqual([]);
  });

  test.each(THEMES)("axe finds nothing in the %s theme after a step", async (theme) => {
    await stage.open(DESKTOP, theme);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["3"]);
    await openPanel(stage);
    await stage.page.click(truth(8));
    await stage.page.click(".step-one");
    expect(await stage.axeFindings()).toEqual([]);
    await stage.screenshot(`learn-desktop-${theme}`, true);
  });

  test("the smallest phone shows the lesson without scrolling sideways, with targets for fingers", async () => {
    await stage.open(SMALLEST);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["3"]);
    await openPanel(stage);
    await stage.page.click(truth(8));
    await stage.page.click(".step-many");
    expect(await stage.overflow()).toBe(0);
    expect(await stage.smallTargets(".learn button")).toEqual([]);
    await stage.screenshot("learn-smallest", true);
  });
});
