// Training in the page: with a few images, and the whole training once more.
import { expect, test } from "vitest";
import { DIGITS, draw, mouse } from "./hand.ts";
import { DESKTOP, inEveryBrowser, inChromium, manifestOf, SMALLEST, THEMES, type Stage } from "./scenario.ts";

/**
 * Between the weights of the whole run here and Keras' own. Keras rounds each of 34,380 steps to float32, and sums in an
 * order that depends on the processor: seen are 2e-6, on weights of about 1. One image in another place of the order
 * makes 1e-4.
 */
const ROUNDING = 1e-5;

/** Milliseconds for two or three courses, each of which takes two seconds where nothing else runs. */
const LONG = 60_000;

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
/** "2.1 × 10⁻⁶" → 2.1e-6 */
function scientific(text: string): number {
  const [, digits, exponent] = /([\d.]+)\s×\s10⁻([⁰¹²³⁴⁵⁶⁷⁸⁹]+)/.exec(text) ?? [];
  return Number(`${digits ?? ""}e-${(exponent ?? "").replace(/./g, (one) => String(SUPERSCRIPTS.indexOf(one)))}`);
}

/** The site's first model has the file. */
const offers = async (key: string) => {
  const { manifest } = await manifestOf();
  return (manifest as unknown as { files: Readonly<Partial<Record<string, object>>> }).files[key] !== undefined;
};

async function openPanel(stage: Stage): Promise<void> {
  await stage.page.$eval("#train", (section) => {
    section.scrollIntoView();
  });
  await stage.page.waitForSelector("#train .train-start");
}

const press = (stage: Stage, selector: string) =>
  stage.page.$eval(selector, (element) => {
    (element as HTMLElement).click(); // panels above may still be growing, under a mouse
  });
const start = (stage: Stage) => press(stage, "#train .train-start");
const result = (stage: Stage) => stage.text("#train .train-result");
const done = (stage: Stage) => expect.poll(() => result(stage), { timeout: 60_000 }).toContain(" steps over ");
const accuracy = async (stage: Stage) => Number.parseFloat(await stage.text("#train .train-accuracy"));
const step = async (stage: Stage) =>
  Number(/^step ([\d,]+)/.exec(await stage.text("#train .train-step"))?.[1]?.replace(",", "") ?? 0);

const answers = (stage: Stage, column: "here" | "published") =>
  stage.page.$$eval(
    "#train .train-answer tbody tr",
    (rows, place) => rows.map((row) => row.querySelectorAll("td")[place]?.textContent ?? ""),
    column === "here" ? 1 : 2,
  );

/** Choose an entry of a menu. */
const choose = (stage: Stage, place: number, value: string) =>
  stage.page.$$eval(
    "#train .train-settings select",
    (menus, place, value) => {
      const menu = menus[place]!;
      menu.value = value;
      menu.dispatchEvent(new Event("change"));
    },
    place,
    value,
  );

inEveryBrowser((stage) => {
  test("from nothing to nine in ten in seconds, while the page stays free and the model as it is", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["3"]);
    const before = await stage.answer();
    await openPanel(stage);
    const asked = () => stage.seen.requests.filter((url) => /(training|held-out)\.bin$/.test(url)).length;
    expect(asked()).toBe(0);
    expect(await stage.text("#train .train-start")).toMatch(/\([\d,]+\sKB\)/);
    expect(new Set(await answers(stage, "here"))).toEqual(new Set(["10.0\u00a0%"])); // weights of 0
    await stage.page.evaluate(() => {
      Object.assign(globalThis, { frames: 0 });
      const count = () => {
        (globalThis as unknown as { frames: number }).frames++;
        requestAnimationFrame(count);
      };
      count();
    });
    await start(stage);
    await stage.page.waitForFunction(() => document.querySelector("#train .train-start")?.textContent === "Stop");
    await done(stage);
    expect(await stage.page.evaluate(() => (globalThis as unknown as { frames: number }).frames)).toBeGreaterThan(20);
    expect(asked()).toBe(2);
    expect(await accuracy(stage)).toBeGreaterThan(88); // of 300 images; four standard errors below what is usual
    expect(await result(stage)).toMatch(/^\d+ steps over 1,800 images: .* It has settled/);
    expect(await stage.colours("#train .train-pictures canvas")).toBeGreaterThan(50);
    const [here, published] = [await answers(stage, "here"), await answers(stage, "published")];
    expect(here).not.toContain("10.0\u00a0%");
    expect(published.map((share) => Number.parseFloat(share.replace(">", "")))).toEqual(
      before.bars.map(({ percent }) => percent),
    );
    expect(await stage.answer()).toEqual(before);
    expect(stage.seen.complaints).toEqual([]);
  });

  test("it stops, goes on and goes back to nothing", { timeout: LONG }, async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    await openPanel(stage);
    expect(await stage.page.$("#train .train-reset:not([hidden])")).toBeNull();
    await start(stage);
    await stage.page.waitForFunction(() =>
      /^step [2-9]/.test(document.querySelector("#train .train-step")?.textContent ?? ""),
    );
    await start(stage);
    await stage.page.waitForFunction(() => document.querySelector("#train .train-start")?.textContent === "Go on");
    const stopped = await step(stage);
    await new Promise((resume) => setTimeout(resume, 300)); // ms; a course that went on would take many steps in it
    expect(await step(stage)).toBe(stopped);
    await start(stage);
    await done(stage);
    expect(await step(stage)).toBeGreaterThan(stopped);
    await press(stage, "#train .train-reset");
    await stage.nextFrame();
    expect(await stage.text("#train .train-step")).toBe("before the first step");
    expect(await stage.text("#train .train-accuracy")).toBe("\u2013");
    expect(await stage.colours("#train .train-pictures canvas")).toBe(1);
    await start(stage);
    await done(stage);
    expect(stage.seen.complaints).toEqual([]);
  });

  test("raw pixels do not settle, and another choice begins anew", { timeout: LONG }, async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    await openPanel(stage);
    await start(stage);
    await done(stage);
    const settled = await result(stage);
    await press(stage, "#train .train-settings input");
    await stage.page.waitForFunction(() =>
      document.querySelector("#train .train-result")?.textContent.includes("does not settle"),
    );
    await choose(stage, 0, "0.001");
    await choose(stage, 1, "128");
    await expect.poll(() => result(stage), { timeout: 60_000 }).toMatch(/^150 steps/);
    expect(settled).toContain("It has settled");
    expect(stage.seen.complaints).toEqual([]);
  });

  test("the whole run ends with Keras' weights", { timeout: 180_000 }, async ({ skip }) => {
    if (!(await offers("all_training_images"))) return skip("this version is published without all training images");
    await stage.open(DESKTOP);
    await stage.ready();
    await openPanel(stage);
    await press(stage, "#train .train-whole .train-start");
    const all = () => stage.text("#train .train-whole .train-result");
    await expect.poll(all, { timeout: 170_000, interval: 500 }).toContain(" steps over ");
    const told = await stage.text("#train .train-whole .train-result");
    const { manifest } = await manifestOf();
    const { training } = manifest as unknown as {
      training: { epochs: number; batch_size: number; training_images: number };
    };
    const steps = training.epochs * Math.ceil(training.training_images / training.batch_size);
    expect(told).toContain(`${steps.toLocaleString("en-GB")} steps`);
    const difference = scientific(told);
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(ROUNDING);
    expect(stage.seen.complaints).toEqual([]);
  });

  test("images that do not arrive are told, and trying again mends it", { timeout: LONG }, async () => {
    stage.host.tamper = (path, body) => {
      if (path.endsWith("training.bin")) body[500] = (body[500] ?? 0) ^ 1;
      return body;
    };
    await stage.open(DESKTOP);
    await stage.ready();
    await openPanel(stage);
    await start(stage);
    await stage.page.waitForSelector("#train .train-result .retry");
    stage.host.tamper = (_, body) => body;
    await press(stage, "#train .train-result .retry");
    await done(stage);
  });

  test("a version without training images has no such part", async () => {
    stage.host.tamper = (path, body) => {
      if (!path.endsWith("manifest.json")) return body;
      const manifest = JSON.parse(body.toString()) as { files: Record<string, unknown> };
      delete manifest.files["training_images"];
      return Buffer.from(JSON.stringify(manifest));
    };
    await stage.open(DESKTOP);
    await stage.ready();
    await stage.page.$eval("#train", (section) => {
      section.scrollIntoView();
    });
    await stage.page.waitForFunction(() => document.querySelector<HTMLElement>("#train")?.hidden === true);
  });

  test("the smallest phone shows it without scrolling sideways, with targets for fingers", async () => {
    await stage.open(SMALLEST);
    await stage.ready();
    await openPanel(stage);
    await start(stage);
    await done(stage);
    expect(await stage.overflow()).toBe(0);
    expect(await stage.smallTargets("#train :is(button, select, label)")).toEqual([]);
    await stage.screenshot("train-smallest", true);
  });
});

inChromium((stage) => {
  test.each(THEMES)("axe finds nothing in the %s theme after a course", async (theme) => {
    await stage.open(DESKTOP, theme);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["3"]);
    await openPanel(stage);
    await start(stage);
    await done(stage);
    expect(await stage.axeFindings()).toEqual([]);
    await stage.screenshot(`train-desktop-${theme}`, true);
  });
});
