// How it learned: the weights as they formed, one step on the drawing, a training in the page, in a
// worker. Frames are decided in web/src/page/learning/frames.test.ts, steps in
// web/src/page/training.
import { expect, test } from "vitest";
import type { History } from "../../web/src/runtime/schema.ts";
import { inChromium, number, published, type Stage } from "./scenario.ts";

const frame = (place: number) => `.learning-frames li:nth-child(${place}) canvas`;
const steps = async (stage: Stage) =>
  (await stage.texts(".learning-frames li:not([hidden]) figcaption")).map((text) => number(text));
const high = async (stage: Stage) => number(await stage.says(".learning-curve .high"));
const bar = (index: number) => `.bars li:nth-child(${index + 1}) .bar`;
const TRAIN = ".learning-train .primary";
const TOLD = ".learning-told";

inChromium((stage) => {
  test("the chosen class's weights form from nothing, above the accuracy that was measured then", async () => {
    stage.mayComplain = /willReadFrequently/; // of the test itself, which reads canvases back
    const { epochs } = published("history.json") as History;
    await stage.open({ panel: "learning", digit: "3" });
    await stage.says(".learning-curve .high");
    const at = await steps(stage);
    expect(at[0]).toBe(0);
    expect(at).toEqual([...at].sort((a, b) => a - b));
    expect(await stage.colours(frame(1))).toBe(1);
    expect(await stage.colours(frame(at.length))).toBeGreaterThan(20);
    expect(await high(stage)).toBeCloseTo(100 * epochs.at(-1)!.validation_accuracy!, 1);
    const ofThree = await stage.pixels(frame(2));
    await stage.press(bar(8));
    await expect.poll(() => stage.pixels(frame(2))).not.toBe(ofThree);
  });

  test("told that it were another digit, it takes steps of error times ink until it agrees, here alone", async () => {
    await stage.open({ panel: "learning", digit: "3" });
    const drawn = await stage.shares();
    await stage.says(".learning-said", /^It says 3, /);
    // the runner-up: a clear digit has an error, too
    const rival = await stage.text(".learning-step .choice.shown");
    expect(rival).not.toBe("3");
    await stage.press(".learning-step .choice:nth-child(9)");
    expect(await stage.text('.bar[aria-pressed="true"] .bar-label')).toBe("8");
    expect(number(await stage.text(".learning-error b"))).toBeGreaterThan(0.9);
    expect((await stage.texts(".learning-step figcaption")).slice(1).join()).toMatch(
      /^8 rises\n×\s[\d.]+,3 falls\n×/,
    );
    await stage.press(".learning-step .primary");
    await stage.says(
      ".learning-said",
      /^After \d+ steps it says 8, 5\d\.\d\s%\. It believes what it is told\./,
    );
    expect(number(await stage.text(".learning-error b"))).toBeLessThan(0.51);
    await stage.expectShares(drawn); // the model stays
    await stage.press(".learning-step .action:nth-of-type(2)");
    await stage.says(".learning-said", /^It says 3, /);
  });

  test("from nothing to nine in ten in seconds, while the page stays free and the model as it is", async () => {
    stage.mayComplain = /willReadFrequently/; // of the test itself, which reads canvases back
    await stage.open({ digit: "3" });
    const before = await stage.shares();
    await stage.panel("learning");
    const published = await stage.says(".learning-curve .high");
    await stage.says(TOLD, /[\d,]+\sKB/);
    await stage.page.evaluate(() => {
      Object.assign(globalThis, { frames: 0 });
      const count = () => {
        (globalThis as unknown as { frames: number }).frames++;
        requestAnimationFrame(count);
      };
      count();
    });
    await stage.press(TRAIN);
    const told = await stage.says(TOLD, /^Yours gets [\d.]+\s% of \d+ new images right\.$/);
    expect(
      await stage.page.evaluate(() => (globalThis as unknown as { frames: number }).frames),
    ).toBeGreaterThan(20);
    const asked = stage.seen.requests.filter((url) => /(training|held-out)\.bin$/.test(url));
    expect(stage.browser === "webkit" ? new Set(asked).size : asked.length).toBe(2); // there, the service worker's are heard, too
    // of 300 images; four standard errors below what is usual
    expect(number(told)).toBeGreaterThan(88);
    await expect.poll(() => high(stage)).toBe(number(told));
    expect(await stage.colours(frame(1))).toBe(1);
    for (let place = 2; place <= 6; place++)
      expect(await stage.colours(frame(place))).toBeGreaterThan(20);
    await stage.says(
      ".learning-train > p",
      /^It reads your drawing as \d, >?[\d.]+\s%\. The rest of the page/,
    );
    await stage.expectShares(before);
    await stage.press(".learning-train .action:not(.primary)");
    await stage.says(".learning-curve .high", published);
    await stage.says(TOLD, /KB/);
  });
});
