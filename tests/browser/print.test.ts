// What comes out of a printer: a handout about what is on the pad.
import { expect, test } from "vitest";
import { asPage } from "./browser.ts";
import { openPage, says, textsOf } from "./panel.ts";
import { inChromium, inEveryBrowser, THEMES, type Stage } from "./scenario.ts";

/** The page has what it needs for printing. */
const prepared = (stage: Stage) =>
  stage.page.waitForFunction(() =>
    performance.getEntriesByType("resource").some(({ name }) => /\/handout-[^/]+\.js$/.test(name)),
  );

/** Printing begins, and what is then on the paper. */
async function print(stage: Stage): Promise<void> {
  await prepared(stage);
  await stage.page.waitForFunction(() => {
    dispatchEvent(new Event("beforeprint"));
    return document.querySelector(".handout") !== null;
  });
}

inChromium((stage) => {
  test("the handout has the drawing, its pixels, the whole sum, the weights, the address, and room for notes", async () => {
    await openPage(stage, { digit: "3" });
    const { bars } = await stage.answer();
    await print(stage);
    expect(await stage.text(".handout h1")).toBe(await stage.page.evaluate(() => document.title));
    expect(await stage.text(".handout-answer")).toMatch(/^The model answers 3 \(/);
    expect(await stage.text(".handout-address")).toBe(await stage.page.evaluate(() => location.href));
    expect(await stage.text(".handout-address")).toContain("#drawing=");
    expect(await stage.page.$$eval(".handout-line", (lines) => lines.length)).toBeGreaterThanOrEqual(5);
    expect(await stage.page.$$eval(".handout-row canvas", (canvases) => canvases.length)).toBe(bars.length);
    expect(await stage.page.$$eval(".handout :is(button, a, nav, input)", (found) => found.length)).toBe(0);

    // A row for each answer, which ends in the share that the page shows. What they add up to: web/src/page/tour/sums.test.ts.
    const shares = await textsOf(stage, ".handout tbody tr td:nth-of-type(6)");
    expect(shares.map((share) => Number.parseFloat(share.replace(">", "")))).toEqual(
      bars.map(({ percent }) => percent),
    );
    expect(await textsOf(stage, ".handout-winner th")).toEqual(["3"]);

    await stage.page.evaluate(() => dispatchEvent(new Event("afterprint")));
    expect(await stage.page.$(".handout")).toBeNull();
    expect(stage.seen.complaints).toEqual([]);
  });

  test.each(THEMES)("ink is black and paper white, printed from the %s theme", async (theme) => {
    await openPage(stage, { theme, digit: "3" });
    await stage.answer();
    await print(stage);
    const found = await stage.page.$$eval(".handout-pictures canvas", (canvases) =>
      canvases.map((canvas) => {
        const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
        const inked = data.filter((_, index) => index % 4 === 0 && data[index + 3]! > 200);
        return { darkest: Math.min(...inked), corner: data[3] === 0 ? 255 : data[0] };
      }),
    );
    expect(found).toHaveLength(2); // the drawing, and what the model gets
    for (const { darkest, corner } of found) {
      expect(darkest).toBeLessThan(30);
      expect(corner).toBeGreaterThan(250);
    }
  });

  test("a test image is printed with its label, and a stop of the tour with its question", async () => {
    await openPage(stage, { query: "#tour/4" });
    await says(stage, ".pad-caption", /Wrong/);
    await print(stage);
    expect(await stage.text(".handout figcaption")).toMatch(/^Test image \d+/);
    expect(await stage.text(".handout-notes")).toContain("How many pixels would");
    expect(await stage.text(".handout-address")).toContain("#tour/4");
  });
});

// Only Chromium’s protocol prints.
inEveryBrowser(
  (stage) => {
    test("a real print is one page, of A4 and of Letter, without anything to press", async () => {
      await openPage(stage, { theme: "dark", digit: "3" });
      await prepared(stage);
      for (const format of ["A4", "Letter"] as const) {
        const pdf = Buffer.from(await asPage(stage.page).pdf({ format }));
        expect(pdf.toString("latin1").match(/\/Type\s*\/Page\b/g), format).toHaveLength(1);
      }
      await asPage(stage.page).emulateMediaType("print");
      await stage.page.waitForSelector(".handout");
      const shown = await stage.page.evaluate(() =>
        [...document.body.children].filter((child) => child.checkVisibility()).map(({ className }) => className),
      );
      expect(shown).toEqual(["handout"]);
      expect(await stage.page.$eval("body", (body) => getComputedStyle(body).backgroundColor)).toBe(
        "rgb(254, 254, 254)",
      );
    });
  },
  { only: ["chromium"] },
);
