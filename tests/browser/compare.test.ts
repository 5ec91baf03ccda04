// The models of a site side by side, on the visitor's own drawing: fetched when the visitor asks, and only where there are several.
import { expect, test } from "vitest";
import { changeJson, drawDigit, isShown, openPage, says } from "./panel.ts";
import { inChromium, manifestOf, SITE, until, type Stage } from "./scenario.ts";

/** The site of the tests has several models; the first is the one that the page opens with. */
async function models(): Promise<readonly [string, string]> {
  const [first, other] = (await manifestOf()).names;
  if (first === undefined || other === undefined)
    throw new Error(`${SITE} must have two models. Build a second recipe.`);
  return [first, other];
}

/** The rows of the table, by the name of the model. */
async function rows(stage: Stage): Promise<Readonly<Record<string, readonly string[]>>> {
  const found = await stage.page.$$eval(".compare tbody tr", (rows) =>
    rows.map((row) => Array.from(row.children, (cell) => cell.textContent)),
  );
  return Object.fromEntries(found.map(([name = "", ...cells]) => [name, cells]));
}

/** Every model has answered, was timed, and has read the last of the ink: nothing changes any more. */
async function compared(stage: Stage): Promise<void> {
  await stage.page.waitForFunction(() => {
    const cells = [...document.querySelectorAll(".compare tbody td")];
    return cells.length > 0 && cells.every((cell) => cell.textContent !== "–");
  });
  let last = "";
  await until(async () => {
    const before = last;
    await new Promise((resume) => setTimeout(resume, 300)); // ms
    last = JSON.stringify(await rows(stage));
    return last === before;
  });
}

inChromium((stage) => {
  test("every model answers the same drawing as the page does with it, and follows the pad", async () => {
    const [first, other] = await models();
    await openPage(stage, { digit: "7" });
    await stage.page.click(".compare summary");
    await compared(stage);
    const { label, bars } = await stage.answer();
    const [answer, share, right, size, time] = (await rows(stage))[first]!;
    expect(answer).toBe(label);
    expect(Number.parseFloat(share!.replace(">", ""))).toBe(bars.find((bar) => bar.label === label)?.percent);
    expect(right).toMatch(/^\d+ in (10|20|100)$/);
    expect(size).toMatch(/^\d+\u00a0KB$/);
    expect(time).toMatch(/^\d[\d.]*\u00a0ms$/);
    expect((await rows(stage))[other]![0]).toBe("7");
    expect(await stage.text(".compare-verdict")).toBe("All of them read 7.");

    await stage.page.click(".clear");
    await says(stage, ".compare-verdict", "Draw something for them to read.");
    expect((await rows(stage))[first]!.slice(0, 2)).toEqual(["–", "–"]);
    await drawDigit(stage, "3");
    await compared(stage);
    const before = await rows(stage);
    await stage.page.select(".picker select", other);
    const { version } = (await manifestOf(other)).manifest;
    await until(async () => (await stage.version()) === version);
    const chosen = await stage.answer();
    await compared(stage);
    expect((await rows(stage))[other]![0]).toBe(chosen.label);
    expect(before[other]![0]).toBe(chosen.label);
    expect(Number.parseFloat(before[other]![1]!.replace(">", ""))).toBe(
      chosen.bars.find((bar) => bar.label === chosen.label)?.percent,
    );
    expect((await rows(stage))[first]!.slice(0, 4)).toEqual(before[first]!.slice(0, 4));
    expect(stage.seen.complaints).toEqual([]);
  });

  test("while one model does not arrive the others answer; a site with one model offers no comparison", async () => {
    const [first, other] = await models();
    stage.host.tamper = (path, body) => (path.startsWith(`models/${other}/`) && path.endsWith(".bin") ? null : body);
    await openPage(stage, { query: "?lang=de" });
    await stage.page.click(".compare summary");
    await stage.page.waitForSelector(".compare .retry", { visible: true });
    await until(async () => (await rows(stage))[first]!.at(-1)!.endsWith("ms"));

    changeJson(stage, /^models\/index\.json$/, (index) => {
      index["models"] = (index["models"] as unknown[]).slice(0, 1);
    });
    await openPage(stage);
    expect(await isShown(stage, ".compare")).toBe(false);
    expect(await isShown(stage, ".picker")).toBe(false);
  });
});
