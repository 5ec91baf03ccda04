// From the hand to the model's input: the film of the preparation.
import { expect, test } from "vitest";
import { DIGITS, draw, mouse } from "./hand.ts";
import { DESKTOP, inEveryBrowser, inChromium, manifestOf, SMALLEST, THEMES, type Stage } from "./scenario.ts";

interface Prepared {
  readonly preprocess: { readonly drawing: { step: string }[]; readonly image: { step: string; factor?: number }[] };
}
const stepsOf = async () => (await manifestOf()).manifest as unknown as Prepared;

/** Scroll to the panel, which is fetched then, and wait until it has answered. */
async function openFilm(stage: Stage): Promise<void> {
  await stage.page.$eval("#hand", (section) => {
    section.scrollIntoView();
  });
  await stage.page.waitForSelector(".film .shot");
}

const answered = (stage: Stage) =>
  stage.page.waitForFunction(() => (document.querySelector(".film-result")?.textContent ?? "") !== "");

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

inEveryBrowser((stage) => {
  test("each step has a picture and an answer, and the last one is the answer at the top", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["3"]);
    const before = await top(stage);
    await openFilm(stage);
    await answered(stage);
    const { preprocess } = await stepsOf();
    const shown = [...preprocess.drawing, ...preprocess.image].filter(
      ({ step, ...rest }) =>
        !/flatten|channel/.test(step) && !(step === "scale" && (rest as { factor?: number }).factor === 1),
    );
    const found = await shots(stage);
    expect(found).toHaveLength(shown.length);
    expect(found[0]?.hasSwitch).toBe(false);
    expect(new Set(found.map(({ picture }) => picture)).size).toBe(found.length);
    const last = found.at(-1)!;
    expect([last.answer, last.share]).toEqual([before.label, before.share]);
    expect(await stage.text(".film-row")).toMatch(/^Row by row.*Row \d+: /);
    expect(await stage.text("#hand")).not.toMatch(/shr[iau]nk/i);

    // More of the drawing: the film follows when the pen is lifted.
    await stage.page.$eval(".pad", (pad) => {
      pad.scrollIntoView();
    });
    await draw(stage.page, mouse(stage.page), DIGITS["1"]);
    await stage.page.waitForFunction(
      (picture: string) => document.querySelectorAll<HTMLCanvasElement>(".film canvas")[1]!.toDataURL() !== picture,
      {},
      found[0]!.picture,
    );
    expect(stage.seen.complaints).toEqual([]);
  });

  test("a step that is off changes the film and its answer, not the one at the top", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["7"]);
    const before = await top(stage);
    await openFilm(stage);
    await answered(stage);
    const all = await shots(stage);
    const place = all.findIndex(({ hasSwitch }) => hasSwitch);
    await stage.page.click(`.film .shot:not([hidden]):nth-of-type(${String(place + 2)}) input`); // the data set's is first
    await stage.page.waitForFunction(() =>
      document.querySelector(".film-result")!.textContent.startsWith("With the steps that are on"),
    );
    const less = await shots(stage);
    expect(less[place]!.picture).not.toBe(all[place]!.picture);
    expect(less.slice(0, place)).toEqual(all.slice(0, place));
    const words = await stage.text(".film-result");
    const last = less.at(-1)!;
    expect(words).toContain(`on: ${last.answer}, `);
    expect(words).toContain(`them: ${before.label}, `);
    expect(await top(stage)).toEqual(before);

    await stage.page.click(".hand .action");
    await stage.page.waitForFunction(() =>
      document.querySelector(".film-result")!.textContent.startsWith("For this picture"),
    );
    expect(await shots(stage)).toEqual(all);
    expect(stage.seen.complaints).toEqual([]);
  });

  test("of an image of the data set only the last steps are shown", async ({ skip }) => {
    await stage.open(DESKTOP);
    await stage.ready();
    if (!(await stage.page.$(".test-digit:not([hidden])"))) return skip("published without test images");
    await openFilm(stage);
    await stage.page.$eval(".test-digit", (button) => {
      (button as HTMLElement).click();
    });
    await answered(stage);
    const { preprocess } = await stepsOf();
    const found = await shots(stage);
    expect(found.length).toBeLessThanOrEqual(1 + preprocess.image.length);
    expect(found[0]!.title).toBe("From the data set");
    const before = await top(stage);
    const last = found.at(-1)!;
    expect([last.answer, last.share]).toEqual([before.label, before.share]);
    expect(await stage.text(".film-note")).toContain("28\u00a0×\u00a028");

    await stage.page.$eval(".clear", (button) => {
      (button as HTMLElement).click();
    });
    await stage.page.waitForFunction(() =>
      document.querySelector(".film-note")!.textContent.startsWith("Draw something"),
    );
    expect((await shots(stage)).map(({ answer }) => answer)).not.toContain(last.answer);
  });

  test("the smallest phone shows all of it without scrolling sideways, with targets for a finger", async () => {
    await stage.open(SMALLEST, "light", "?lang=de");
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["3"]);
    await openFilm(stage);
    await answered(stage);
    expect(await stage.overflow()).toBe(0);
    expect(await stage.smallTargets(".hand label, .hand button")).toEqual([]);
  });
});

inChromium((stage) => {
  test.each(THEMES)("axe finds nothing in the %s theme with a step off", async (theme) => {
    await stage.open(DESKTOP, theme);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["2"]);
    await openFilm(stage);
    await stage.page.click(".film input");
    await answered(stage);
    expect(await stage.axeFindings()).toEqual([]);
  });
});
