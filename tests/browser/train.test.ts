// Training in the page, in a worker. Its steps are decided in web/src/page/training/session.test.ts.
import { expect, test } from "vitest";
import { openPage, openPanel, press, says } from "./panel.ts";
import { inChromium, type Stage } from "./scenario.ts";

const start = (stage: Stage) => press(stage, "#train .train-start");
const RESULT = "#train .train-result";
const done = (stage: Stage) => says(stage, RESULT, / steps over /);
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

inChromium((stage) => {
  test("from nothing to nine in ten in seconds, while the page stays free and the model as it is", async () => {
    await openPage(stage, { digit: "3" });
    const before = await stage.answer();
    await stage.panel("train");
    await expect.poll(() => stage.text("#train .train-start")).toMatch(/\([\d,]+\sKB\)/);
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
    await says(stage, "#train .train-start", "Stop");
    const told = await done(stage);
    expect(await stage.page.evaluate(() => (globalThis as unknown as { frames: number }).frames)).toBeGreaterThan(20);
    expect(stage.seen.requests.filter((url) => /(training|held-out)\.bin$/.test(url))).toHaveLength(2);
    await expect.poll(() => accuracy(stage)).toBeGreaterThan(88); // of 300 images; four standard errors below what is usual
    expect(told).toMatch(/^\d+ steps over 1,\d{3} images: .* It has settled/);
    await expect.poll(() => stage.colours("#train .train-pictures canvas")).toBeGreaterThan(50);
    const [here, published] = [await answers(stage, "here"), await answers(stage, "published")];
    expect(here).not.toContain("10.0\u00a0%");
    expect(published.map((share) => Number.parseFloat(share.replace(">", "")))).toEqual(
      before.bars.map(({ percent }) => percent),
    );
    await expect.poll(() => stage.answer()).toEqual(before);

    // Another choice begins anew; raw pixels do not settle.
    await press(stage, "#train .train-settings input");
    await says(stage, RESULT, /does not settle/);
    await choose(stage, 0, "0.001");
    await choose(stage, 1, "128");
    await says(stage, RESULT, /^1[45]0 steps/);
    expect(stage.seen.complaints).toEqual([]);
  });

  test("it stops, goes on and goes back to nothing", async () => {
    await openPanel(stage, "train");
    expect(await stage.page.$("#train .train-reset:not([hidden])")).toBeNull();
    await start(stage);
    await says(stage, "#train .train-step", /^step [2-9]/);
    await start(stage);
    await says(stage, "#train .train-start", "Go on");
    const stopped = await step(stage);
    await new Promise((resume) => setTimeout(resume, 300)); // ms; a course that went on would take many steps in it
    await expect.poll(() => step(stage)).toBe(stopped);
    await start(stage);
    await done(stage);
    await expect.poll(() => step(stage)).toBeGreaterThan(stopped);
    await press(stage, "#train .train-reset");
    await stage.nextFrame();
    await expect.poll(() => stage.text("#train .train-step")).toBe("before the first step");
    await expect.poll(() => stage.text("#train .train-accuracy")).toBe("\u2013");
    await expect.poll(() => stage.colours("#train .train-pictures canvas")).toBe(1);
    await start(stage);
    await done(stage);
    expect(stage.seen.complaints).toEqual([]);
  });
});
