// From the strokes to the model's input: the film of the preparation. The steps themselves are tested in
// web/src/page/hand/film.test.ts; how the panel looks, in contract.test.ts.
import { expect, test } from "vitest";
import { drawDigit, openPage, says, scrollTo } from "./panel.ts";
import { inChromium, manifestOf, type Stage } from "./scenario.ts";

const stepsOf = async () => (await manifestOf()).manifest.preprocess;

const shots = (stage: Stage) =>
  stage.page.$$eval(".film .shot:not([hidden])", (shots) =>
    shots.map((shot) => ({
      title: shot.querySelector(".shot-title")?.textContent ?? "",
      answer: shot.querySelector(".shot-answer b")?.textContent ?? "",
      share: Number.parseFloat((shot.querySelector(".shot-share")?.textContent ?? "").replace(">", "")),
      hasSwitch: shot.querySelector("input") !== null,
      picture: shot.querySelector("canvas")?.toDataURL() ?? "",
    })),
  );

/** The bar of the answer at the top. */
async function top(stage: Stage) {
  const { label, bars } = await stage.answer();
  return { label, share: bars.find((bar) => bar.label === label)?.percent };
}

inChromium((stage) => {
  test("each step has a picture and an answer, the last is the one at the top; a step can be off", async () => {
    await openPage(stage, { digit: "3" });
    const before = await top(stage);
    await stage.panel("hand");
    await says(stage, ".film-result");
    const { drawing, image } = await stepsOf();
    const shown = [...drawing, ...image].filter(
      ({ step, ...rest }) =>
        !/flatten|channel/.test(step) && !(step === "scale" && (rest as { factor?: number }).factor === 1),
    );
    const all = await shots(stage);
    expect(all).toHaveLength(shown.length);
    expect(all[0]?.hasSwitch).toBe(false);
    expect(new Set(all.map(({ picture }) => picture)).size).toBe(all.length);
    expect([all.at(-1)!.answer, all.at(-1)!.share]).toEqual([before.label, before.share]);
    await expect.poll(() => stage.text("#hand")).not.toMatch(/shr[iau]nk/i);

    const place = all.findIndex(({ hasSwitch }) => hasSwitch);
    await stage.page.click(`.film .shot:not([hidden]):nth-of-type(${place + 2}) input`); // the data set's is first
    const words = await says(stage, ".film-result", /^With the steps that are on/);
    const less = await shots(stage);
    expect(less[place]!.picture).not.toBe(all[place]!.picture);
    expect(less.slice(0, place)).toEqual(all.slice(0, place));
    expect(words).toContain(`on: ${less.at(-1)!.answer}, `);
    expect(words).toContain(`them: ${before.label}, `);
    expect(await top(stage)).toEqual(before);
    await stage.page.click(".hand .action");
    await says(stage, ".film-result", /^For this picture/);
    expect(await shots(stage)).toEqual(all);

    // More of the drawing: the film follows when the pen is lifted.
    await scrollTo(stage, ".pad");
    await drawDigit(stage, "1");
    await stage.page.waitForFunction(
      (picture: string) => document.querySelectorAll<HTMLCanvasElement>(".film canvas")[1]!.toDataURL() !== picture,
      {},
      all[0]!.picture,
    );
    expect(stage.seen.complaints).toEqual([]);
  });
});
