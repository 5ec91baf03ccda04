// Taking steps of stochastic gradient descent in the page. The steps themselves are decided in
// web/src/page/training/sgd.test.ts and lesson.test.ts.
import { expect, test } from "vitest";
import { number, openPage, openPanel, press, says, textsOf } from "./panel.ts";
import { inChromium, PHONE, type Stage } from "./scenario.ts";

/** The button that calls a class right. */
const truth = (index: number) => `.truths .choice:nth-child(${index + 1})`;

const rows = async (stage: Stage) => {
  await stage.nextFrame();
  return stage.page.$$eval(".learn .answers tbody tr", (rows) =>
    rows.map((row) => ({
      isTruth: row.classList.contains("truth"),
      cells: [...row.querySelectorAll("td:not(.share-bar)")].map((cell) => cell.textContent),
    })),
  );
};

const points = (stage: Stage) =>
  stage.page.$eval(".learn .curve-line", (line) =>
    (line.getAttribute("d") ?? "").split("L").map((point) => Number(point.split(" ")[1])),
  );

const status = (stage: Stage) => stage.text('.learn .lesson-status [role="status"]');
/** A share of the table, 0..1. */
const share = (text: string | undefined) => number((text ?? "").replace(">", "")) / 100;
const BEFORE = 0;
const NOW = 1;
const USED = 2;

/** The buttons are in view together with what they change. */
async function expectTogether(stage: Stage): Promise<void> {
  await stage.page.waitForSelector(".changes:not([hidden])");
  const span = await stage.page.evaluate(() => {
    const boxes = [".step-buttons", ".lesson-status", ".changes", ".answers table"].map((selector) =>
      document.querySelector(`.learn ${selector}`)!.getBoundingClientRect(),
    );
    const top = Math.min(...boxes.map((box) => box.top));
    return { height: Math.max(...boxes.map((box) => box.bottom)) - top, window: innerHeight };
  });
  expect(span.height, JSON.stringify(span)).toBeLessThan(span.window - 60); // a sticky navigation takes a row
}

inChromium((stage) => {
  test("a step makes the truth more probable in a copy, and the model stays as it was", async () => {
    await openPage(stage, { digit: "3" });
    const before = await stage.answer();
    await stage.panel("learn");
    await stage.page.click(truth(8));
    const start = await rows(stage);
    expect(start.map(({ isTruth }) => isTruth).indexOf(true)).toBe(8);
    expect(start.map(({ cells }) => cells[BEFORE])).toEqual(start.map(({ cells }) => cells[NOW]));
    expect(start.map(({ cells }) => cells[USED])).toEqual(start.map(() => "\u2013")); // no step has used anything
    expect(await stage.page.$(".changes:not([hidden])")).toBeNull();
    await expect.poll(() => points(stage)).toHaveLength(1);
    expect(await stage.page.$eval(".rates .choice", (choice) => choice.getAttribute("aria-pressed"))).toBe("true");

    await stage.page.click(".step-one");
    await expect.poll(() => status(stage)).toContain("no share has moved visibly"); // one image's share of a step, and far to go
    await stage.page.click(".step-reset");
    await stage.page.click(".rates .choice:last-child");
    await stage.page.click(".step-one");
    const after = await rows(stage);
    expect(share(after[8]?.cells[NOW])).toBeGreaterThan(share(after[8]?.cells[BEFORE]));
    await expect
      .poll(() => status(stage))
      .toMatch(/^One step\. 8 went from [\d.]+\u00a0% to [\d.]+\u00a0%, all the others together/);
    expect(after.map(({ cells }) => cells[BEFORE])).toEqual(start.map(({ cells }) => cells[BEFORE]));
    await expect.poll(() => stage.colours(".changes figure:nth-child(2) canvas")).toBeGreaterThan(1);
    // The right answer, and the 3 that it took it for.
    const captions = await textsOf(stage, ".changes figcaption");
    expect(captions[1]).toContain(`right, 8: p\u00a0−\u00a0y was ${after[8]!.cells[USED]!}`);
    expect(captions[2]).toContain(`wrong, 3: p\u00a0−\u00a0y was ${after[3]!.cells[USED]!}`);
    await expect.poll(() => stage.text(".changes .legend-high")).not.toMatch(/^\+?[0.]+$/);

    await stage.page.click(".step-many");
    await expectTogether(stage);
    await expect.poll(() => status(stage)).toMatch(/^21 steps\. /);
    const line = await points(stage);
    expect(line).toHaveLength(22);
    expect(line.every((y, index) => index === 0 || y >= line[index - 1]!)).toBe(true); // downwards on the screen
    await expect.poll(() => stage.answer()).toEqual(before); // of the model itself

    await stage.page.click(".step-reset");
    await expect.poll(() => rows(stage)).toEqual(start);
    expect(stage.seen.complaints).toEqual([]);
  });

  test("a drawing that was read right is said to teach nothing, and a misread image teaches", async () => {
    await openPage(stage, { digit: "0" });
    const { label, bars } = await stage.answer();
    expect([label, (bars[0]?.percent ?? 0) > 99]).toEqual(["0", true]);
    await stage.panel("learn");
    await stage.page.click(truth(0));
    await stage.page.click(".step-many");
    await expect.poll(() => status(stage)).toContain("next to nothing to learn");
    expect(await stage.page.$(".misread.advised")).not.toBeNull();
    const fetched = () => stage.seen.requests.some((url) => url.endsWith("mistakes.bin"));
    expect(fetched()).toBe(false);
    await stage.page.click(".misread-image");
    await says(stage, ".pad-caption");
    expect(fetched()).toBe(true);
    await stage.page.waitForFunction(() => document.querySelectorAll(".answers .truth").length === 1);
    await expect.poll(() => status(stage)).toBe("");
    const right = (await rows(stage)).findIndex(({ isTruth }) => isTruth);
    const start = await stage.answer();
    expect(start.label).not.toBe(String(right)); // the model misreads it
    await stage.page.click(".step-one");
    await expect.poll(() => status(stage)).toMatch(new RegExp(`^One step\\. ${right} went from `));
    await stage.page.click(".step-many");
    await stage.page.click(".step-many");
    await expect.poll(() => status(stage)).toContain(`It read ${start.label} before, and now reads ${right}.`);
    expect(stage.seen.complaints).toEqual([]);
  });

  test("on a phone and on a tablet, the buttons are in view together with what they change", async () => {
    await openPanel(stage, "learn", { digit: "3", viewport: PHONE });
    await press(stage, truth(8));
    await press(stage, ".step-many");
    await expectTogether(stage);
    await stage.page.setViewport({ ...PHONE, width: 820, height: 1180 });
    await stage.nextFrame();
    await expectTogether(stage);
  });
});
