// What the model gets: the film of the preparation, and the lens. The steps themselves are tested in
// web/src/page/gets/film.test.ts; how the stop looks, in contract.test.ts.
import { expect, test } from "vitest";
import { draw, mouse, W } from "./hand.ts";
import {
  boxOf,
  drawDigit,
  keys,
  middleOf,
  number,
  openPage,
  openPanel,
  press,
  says,
  scrollTo,
  textsOf,
} from "./panel.ts";
import { inChromium, manifestOf, until, type Stage } from "./scenario.ts";

const shots = (stage: Stage) =>
  stage.page.$$eval(".shot:not([hidden])", (shots) =>
    shots.map((shot) => ({
      label: shot.querySelector(".shot-other b")?.textContent ?? null,
      hasSwitch: shot.querySelector("input") !== null,
      picture: shot.querySelector("canvas")!.toDataURL(),
    })),
  );
/** Once all steps have been tried. */
const told = (stage: Stage) =>
  until(async () => {
    const all = await shots(stage);
    return all.every(({ label }) => label !== "") ? all : null;
  });
const places = async (stage: Stage) => (await stage.text(".getting > .note")).match(/\d+(?=–)/g)!.map(Number);

inChromium((stage) => {
  test("each step has a picture, and says what the answer would be without it; it can be off", async () => {
    await openPanel(stage, "gets", { digit: "3" });
    const before = await stage.answer();
    const all = await told(stage);
    const { drawing, image } = (await manifestOf()).manifest.preprocess;
    const shown = [...drawing, ...image].filter(
      ({ step, ...rest }) =>
        !/flatten|channel/.test(step) && !(step === "scale" && (rest as { factor?: number }).factor === 1),
    );
    expect(all.map(({ hasSwitch }) => hasSwitch)).toEqual(shown.map((_, index) => index > 0));
    expect(new Set(all.map(({ picture }) => picture)).size).toBe(all.length);
    const marked = await textsOf(stage, ".shot-other .other");
    expect(marked).toEqual(all.flatMap(({ label }) => (label === null || label === before.label ? [] : [label])));

    await press(stage, ".shot:last-child input");
    const switched = await says(stage, ".film-told", /^As switched, it reads: /);
    expect(switched).toContain(`: ${all.at(-1)!.label!}, `);
    const less = await told(stage);
    expect(less.at(-1)).toMatchObject({ label: before.label });
    expect(less.at(-1)!.picture).toBe(less.at(-2)!.picture);
    expect(less.slice(0, -1).map(({ picture }) => picture)).toEqual(all.slice(0, -1).map(({ picture }) => picture));
    expect(await stage.answer()).toEqual(before);
    await press(stage, ".shot:last-child input");
    await expect.poll(() => stage.text(".film-told")).toBe("");
    expect(await told(stage)).toEqual(all);

    // Another drawing: the film follows when the pen is lifted. Nothing is claimed of one that is like no digit.
    await scrollTo(stage, ".pad");
    await press(stage, ".clear");
    await expect.poll(() => stage.colours(".lens canvas")).toBe(1);
    await draw(stage.page, mouse(stage.page), [W]);
    await says(stage, ".glyph", "?");
    await expect.poll(async () => (await shots(stage))[0]!.picture).not.toBe(all[0]!.picture);
    await stage.nextFrame();
    expect((await textsOf(stage, ".shot-other")).join("").trim()).toBe("");
    expect(stage.seen.complaints.filter((line) => !line.includes("willReadFrequently"))).toEqual([]);
  });

  test("the lens shows the numbers where its window is, which is dragged or moved by keys", async () => {
    await openPage(stage);
    await drawDigit(stage, "1");
    await stage.panel("gets");
    await told(stage);
    const [row, column] = await places(stage);
    const numbers = () => textsOf(stage, ".lens td");
    await expect.poll(async () => new Set(await numbers()).size).toBeGreaterThan(1);
    const first = await numbers();
    await stage.page.focus(".lens-window");
    await keys(stage, "ArrowDown", "ArrowRight");
    expect(await places(stage)).toEqual([row! + 1, column! + 1]);
    expect((await numbers())[0]).toBe(first[8]); // a row and a column further

    const { mouse: pointer } = stage.page;
    await pointer.move(...(await middleOf(stage, ".lens-window")));
    await pointer.down();
    const [x, y] = await middleOf(stage, ".lens .frame");
    await pointer.move(x, y);
    await pointer.up();
    const box = await boxOf(stage, ".lens-window");
    expect([x, y]).toEqual(
      [box.x + box.width / 2, box.y + box.height / 2].map((at) => expect.closeTo(at, -1) as number),
    );
    expect((await numbers()).every((text) => number(text) >= 0 && number(text) <= 1)).toBe(true);
    expect(stage.seen.complaints).toEqual([]);
  });
});
