// The weights as pictures, and as they formed. Frames are decided in web/src/page/weights/frames.test.ts.
import { expect, test } from "vitest";
import type { History } from "../../web/src/runtime/schema.ts";
import { keys, openPanel, pixelsOf, textsOf } from "./panel.ts";
import { inChromium, published, type Stage } from "./scenario.ts";

/** All pixels of the small pictures, one after the other. */
const pictures = (stage: Stage) =>
  stage.page.$$eval(".template canvas", (canvases) => canvases.map((canvas) => canvas.toDataURL()).join("\n"));

const facts = (stage: Stage) => textsOf(stage, ".epoch-facts dd");

const shows = (stage: Stage, moment: string) =>
  stage.page.waitForFunction(
    (wanted: string) => {
      const [when, right] = [...document.querySelectorAll(".epoch-facts dd")].map(({ textContent }) => textContent);
      return when === wanted && right !== "\u2013" && !document.querySelector(".epochs-state p");
    },
    {},
    moment,
  );

const outlineOf = (stage: Stage) => stage.page.$eval(".weights-one path", (path) => path.getAttribute("d") ?? "");

inChromium((stage) => {
  test("the large picture shows the answer's weights with the drawing on top, the small ones choose", async () => {
    await openPanel(stage, "weights", { digit: "3" });
    await expect.poll(() => stage.text(".weights-one figcaption")).toMatch(/3$/);
    await expect.poll(() => stage.text(".template.shown")).toBe("3");
    const large = () => pixelsOf(stage, ".weights-one canvas");
    const ofThree = await large();
    await expect.poll(() => stage.colours(".weights-one canvas")).toBeGreaterThan(20);
    await expect.poll(() => outlineOf(stage)).toMatch(/^M\d+ \d+h\d+/);

    await stage.page.click(".templates li:nth-child(9) button");
    await stage.page.mouse.move(1, 1);
    await expect.poll(() => stage.text(".weights-one figcaption")).toMatch(/8$/);
    expect(await large()).not.toBe(ofThree);
    expect(await stage.page.$eval(".templates li:nth-child(9) button", (one) => one.getAttribute("aria-pressed"))).toBe(
      "true",
    );
    await stage.page.keyboard.press("ArrowLeft"); // one stop of the Tab key: arrows move inside
    await expect.poll(() => stage.text(".weights-one figcaption")).toMatch(/7$/);

    await stage.page.click(".overlay");
    await expect.poll(() => outlineOf(stage)).toBe("");
    await stage.page.click(".overlay");
    const outline = await outlineOf(stage);
    expect(outline).not.toBe("");

    expect(stage.seen.complaints).toEqual([]);
  });

  test("they form epoch by epoch, with what was measured then and what it says of the drawing", async () => {
    const { epochs } = (await published("history.json")) as History;
    const share = (value: number) => `${(100 * value).toFixed(1)}\u00a0%`;
    await openPanel(stage, "weights", { digit: "3" });
    const trained = await pictures(stage);
    const asked = (file: string) => stage.seen.requests.filter((url) => url.endsWith(file)).length;
    expect(asked("snapshots.bin")).toBe(0);
    const answer = (await facts(stage))[2]!;
    expect(answer).toMatch(/^3, >?\d+/);
    await stage.page.focus(".epoch");
    await shows(stage, `epoch ${epochs.length - 1}`);
    expect(asked("snapshots.bin")).toBeGreaterThan(0); // the service worker may ask for a copy of its own
    await expect.poll(() => pictures(stage)).toBe(trained);
    const height = () => stage.page.$eval("#weights", (section) => section.clientHeight);
    const before = await height();

    await keys(stage, "Home");
    await shows(stage, "untrained");
    await expect.poll(() => stage.colours(".weights-one canvas")).toBe(1); // all weights are 0
    await expect
      .poll(async () => (await facts(stage)).slice(1))
      .toEqual([share(epochs[0]!.validation_accuracy!), "0, 10.0\u00a0%"]);
    await keys(stage, "ArrowRight");
    await shows(stage, "epoch 1");
    await expect.poll(async () => (await facts(stage))[1]).toBe(share(epochs[1]!.validation_accuracy!));
    await expect.poll(() => pictures(stage)).not.toBe(trained);
    expect(await height()).toBe(before); // nothing below it moves

    await keys(stage, "End");
    await shows(stage, `epoch ${epochs.length - 1}`);
    await expect.poll(() => pictures(stage)).toBe(trained);
    await expect.poll(async () => (await facts(stage))[2]).toBe(answer); // the last moment is the model itself, but for 256 shades
    // The test itself reads the canvases back often.
    expect(stage.seen.complaints.filter((line) => !line.includes("willReadFrequently"))).toEqual([]);
  });

  test("they play, and stop when asked", async () => {
    await openPanel(stage, "weights");
    // From within: each moment lasts less than a busy machine takes to ask for it.
    const words = await stage.page.evaluate(async () => {
      const button = document.querySelector<HTMLElement>(".play")!;
      button.click();
      while (!document.querySelector(".epoch-facts dd")!.textContent.startsWith("epoch 1")) {
        await new Promise((next) => requestAnimationFrame(next));
      }
      const playing = button.textContent;
      button.click();
      return [playing, button.textContent];
    });
    expect(words).toEqual(["Pause", "Play"]);
    const [moment] = await facts(stage);
    await new Promise((done) => setTimeout(done, 1000)); // more than two frames
    expect((await facts(stage))[0]).toBe(moment);
  });
});
