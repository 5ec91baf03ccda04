// The stop “What it gets”: the film of the preparation, and the lens. The steps themselves are
// tested in web/src/page/gets/film.test.ts; how the stop looks, in contract.test.ts.
import { expect, test } from "vitest";
import { inChromium, manifestOf, number, type Stage, until } from "./scenario.ts";

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
const places = async (stage: Stage) =>
  (await stage.text(".getting > .note")).match(/\d+(?=–)/g)!.map(Number);

inChromium((stage) => {
  test("each step has a picture, and says what the answer would be without it; it can be off", async () => {
    stage.mayComplain = /willReadFrequently/; // of the test itself, which reads canvases back
    await stage.open({ panel: "gets", digit: "3" });
    const [before, shares] = [await stage.text(".glyph"), await stage.shares()];
    const all = await told(stage);
    const { drawing, image } = manifestOf().preprocess;
    const shown = [...drawing, ...image].filter(
      ({ step, ...rest }) =>
        !/flatten|channel/.test(step) &&
        !(step === "scale" && (rest as { factor?: number }).factor === 1),
    );
    expect(all.map(({ hasSwitch }) => hasSwitch)).toEqual(shown.map((_, index) => index > 0));
    expect(new Set(all.map(({ picture }) => picture)).size).toBe(all.length);
    const marked = await stage.texts(".shot-other .other");
    expect(await stage.text(".shot:nth-child(2) .shot-other")).toMatch(/^if off: \d, .*%$/);
    expect(marked).toEqual(
      all.flatMap(({ label }) => (label === null || label === before ? [] : [label])),
    );

    await stage.press(".shot:last-child input");
    const switched = await stage.says(".film-told", /^As switched, it reads: /);
    expect(switched).toContain(`: ${all.at(-1)!.label!}, `);
    const less = await told(stage);
    expect(less.at(-1)).toMatchObject({ label: before });
    expect(less.at(-1)!.picture).toBe(less.at(-2)!.picture);
    expect(less.slice(0, -1).map(({ picture }) => picture)).toEqual(
      all.slice(0, -1).map(({ picture }) => picture),
    );
    expect(await stage.shares()).toEqual(shares);
    await stage.press(".shot:last-child input");
    await stage.says(".film-told", "");
    expect(await told(stage)).toEqual(all);

    // Another drawing: the film follows when the pen is lifted. Nothing is claimed of one that is
    // like no digit.
    await stage.scrollTo(".pad");
    await stage.press(".clear");
    await expect.poll(() => stage.colours(".lens canvas")).toBe(1);
    await stage.draw("W");
    await stage.says(".glyph", "?");
    await expect.poll(async () => (await shots(stage))[0]!.picture).not.toBe(all[0]!.picture);
    await stage.nextFrame();
    expect((await stage.texts(".shot-other")).join("").trim()).toBe("");
  });

  test("the lens shows the numbers where its window is, which is dragged or moved by keys", async () => {
    await stage.open();
    await stage.drawDigit("1");
    await stage.panel("gets");
    await told(stage);
    const [row, column] = await places(stage);
    const numbers = () => stage.texts(".lens td");
    await expect.poll(async () => new Set(await numbers()).size).toBeGreaterThan(1);
    const first = await numbers();
    await stage.page.focus(".lens-window");
    await stage.keys("ArrowDown", "ArrowRight");
    expect(await places(stage)).toEqual([row! + 1, column! + 1]);
    expect((await numbers())[0]).toBe(first[8]); // a row and a column further

    const { mouse: pointer } = stage.page;
    await pointer.move(...(await stage.placeOf(".lens-window")).middle);
    await pointer.down();
    const [x, y] = (await stage.placeOf(".lens .frame")).middle;
    await pointer.move(x, y);
    await pointer.up();
    const box = await stage.boxOf(".lens-window");
    expect([x, y]).toEqual(
      [box.x + box.width / 2, box.y + box.height / 2].map((at) => expect.closeTo(at, -1) as number),
    );
    expect((await numbers()).every((text) => number(text) >= 0 && number(text) <= 1)).toBe(true);
  });
});
