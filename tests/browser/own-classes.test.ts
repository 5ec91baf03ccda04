// The visitor's own classes: drawn, learned, tried, and taken along, to where the pipeline reads
// them. Learning and the files are tested in web/src/page/own/*.test.ts.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporary } from "../../web/src/testing/temporary.ts";
import { inChromium, type Path, python, type Stage } from "./scenario.ts";

const PAD = "#own .pad-canvas";
const answer = (index: number) => `.own-classes > li:nth-child(${index + 1}) .own-answer`;

/** A roof, and a bowl; each time a little different. */
const SHAPES: readonly ((turn: number) => Path)[] = [
  (turn) => [
    [0.2 + turn, 0.7],
    [0.5, 0.3 - turn],
    [0.8, 0.7 + turn],
  ],
  (turn) => [
    [0.2, 0.3 + turn],
    [0.5 + turn, 0.7],
    [0.8 - turn, 0.3],
  ],
];

/** Draw `count` of each shape, and press its class. */
async function teach(stage: Stage, count: number): Promise<void> {
  for (let time = 0; time < count; time++) {
    for (const [index, shape] of SHAPES.entries()) {
      await stage.draw([shape(0.02 * (time - 1))], PAD);
      await stage.nextFrame();
      await stage.page.click(answer(index));
    }
  }
}

const learned = (stage: Stage, count: number) =>
  stage.says(".own-learned", new RegExp(`from ${count} drawings .*ms`));

const counts = ({ page }: Stage) =>
  page.$$eval(".own-class", (rows) =>
    rows.map((row) => row.querySelectorAll(".own-example").length),
  );
const names = ({ page }: Stage) =>
  page.$$eval(".own-input", (inputs) => inputs.map((input) => (input as HTMLInputElement).value));
const status = (stage: Stage) => stage.text(".own-status");

inChromium((stage) => {
  test("drawings are learned at once, the model reads the next one, and can be taken along", async () => {
    await stage.open({ panel: "own", query: "own.html" });
    await expect.poll(() => stage.text(".own-learned")).toContain("two classes");
    expect(await stage.isShown(".picker")).toBe(false); // another model would change nothing
    // in sight on a laptop, beside the pad
    expect((await stage.boxOf(answer(1))).bottom).toBeLessThan(640);
    await stage.page.click(answer(0));
    await expect.poll(() => status(stage)).toContain("Draw something first");
    await teach(stage, 1);
    await expect.poll(() => counts(stage)).toEqual([1, 1]);
    await learned(stage, 2);
    await teach(stage, 2);
    await learned(stage, 6);
    for (const [index, shape] of SHAPES.entries()) {
      await stage.draw([shape(0.01)], PAD);
      const found = await stage.shares(".own-answer");
      expect(found[index]).toBeGreaterThan(0.7);
      expect(found[0]! + found[1]!).toBeCloseTo(1, 6);
      await stage.page.click("#own .own-desk .action:nth-of-type(2)");
    }
    await expect.poll(() => stage.colours(".own-weights canvas")).toBeGreaterThan(10);

    const saved = await stage.page.$eval(
      ".own-save-model",
      (button) =>
        new Promise<number[]>((resolve) => {
          URL.createObjectURL = (blob: Blob) => {
            void blob.arrayBuffer().then((bytes) => {
              resolve([...new Uint8Array(bytes)]);
            });
            return "data:,";
          };
          (button as HTMLElement).click();
        }),
    );
    const cwd = await temporary();
    await writeFile(join(cwd, "own.zip"), new Uint8Array(saved));
    await python(["-m", "zipfile", "-e", "own.zip", "."], { cwd });
    expect((await python(["-m", "pipeline", "check", "own-classes"], { cwd })).stdout).toMatch(
      /^own-classes: export, (\d) of \1 checks passed/,
    );
  });

  test("a reload keeps the classes, a link brings them, and undo takes every change back", async () => {
    await stage.open({ panel: "own", query: "own.html" });
    await teach(stage, 2);
    await stage.page.click(".own-add");
    await expect.poll(() => names(stage)).toEqual(["house", "tree", "sun"]);
    await stage.page.$eval(".own-classes li:first-child .own-input", (input) => {
      (input as HTMLInputElement).value = "roof, or tent";
      input.dispatchEvent(new Event("change"));
    });
    const found = await names(stage);
    await stage.page.reload();
    await stage.panel("own");
    await learned(stage, 4);
    await expect.poll(() => names(stage)).toEqual(found);
    await expect.poll(() => counts(stage)).toEqual([2, 2, 0]);

    const link = await stage.text(".own-link code");
    expect(link).toContain("#own=");
    await stage.page.click(".own-class .own-example");
    await expect.poll(() => counts(stage)).toEqual([1, 2, 0]);
    await stage.page.click(".own-undo");
    await expect.poll(() => counts(stage)).toEqual([2, 2, 0]);
    await stage.page.click(".own-remove");
    await expect.poll(() => counts(stage)).toEqual([2, 0]);

    await stage.page.evaluate(`location.hash = "${new URL(link).hash}"`);
    await stage.until(() => document.querySelectorAll(".own-input").length === 3);
    await expect.poll(() => names(stage)).toEqual(found);
    await expect.poll(() => counts(stage)).toEqual([2, 2, 0]);
    await expect.poll(() => stage.hash()).toBe("#own"); // the tab keeps them from here on
    await stage.page.click(".own-undo");
    await expect.poll(() => counts(stage)).toEqual([2, 0]);
  });

  test("a link that cannot be read is said to be; the keyboard draws, adds and removes; nothing is said that is not so", async () => {
    await stage.open({ panel: "own", query: "own.html#own=house,iAAAA" });
    await stage.says(".own-status", /cannot read/);
    await expect.poll(() => names(stage)).toEqual(["house", "tree"]);
    await stage.page.focus(PAD);
    await stage.keys(" ", "ArrowRight", "ArrowRight", "ArrowDown", " ");
    await stage.page.focus(answer(1));
    await stage.keys("Enter");
    await expect.poll(() => counts(stage)).toEqual([0, 1]);
    await expect.poll(() => status(stage)).toBe("tree has its first drawing.");
    await stage.page.focus(".own-example");
    await stage.keys("Enter");
    await expect.poll(() => counts(stage)).toEqual([0, 0]);
    expect(await stage.page.evaluate(() => document.activeElement?.className)).toContain(
      "own-undo",
    );
    // there is nothing to take along
    expect(await stage.page.$(".own-take:not([hidden])")).toBeNull();
    await stage.page.click(".own-undo");
    await expect.poll(() => counts(stage)).toEqual([0, 1]);
  });
});
