// The models of a site side by side, on the visitor's own drawing: fetched when the visitor asks, and only where there are several.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { DIGITS, draw, mouse } from "./hand.ts";
import { DESKTOP, inEveryBrowser, LOOKS, manifestOf, PHONE, SITE, type Stage } from "./scenario.ts";

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
  await expect
    .poll(
      async () => {
        const before = last;
        last = JSON.stringify(await rows(stage));
        return last === before;
      },
      { interval: 300, timeout: 10_000 },
    )
    .toBe(true);
}

inEveryBrowser((stage) => {
  test("nothing is fetched before the visitor asks, and then every model answers the same drawing", async () => {
    const [first, other] = await models();
    // Of their data: the service worker may fetch the code of any panel.
    const ofOthers = () => stage.host.asked.filter((path) => path.includes(`models/${other}/`));
    await stage.open(DESKTOP);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["7"]);
    expect(ofOthers()).toEqual([]);

    await stage.page.click(".compare summary");
    await compared(stage);
    expect(ofOthers().some((path) => path.endsWith(".bin"))).toBe(true);
    const { label, bars } = await stage.answer();
    const [answer, share, right, size, time] = (await rows(stage))[first]!;
    expect(answer).toBe(label);
    expect(Number.parseFloat(share!.replace(">", ""))).toBe(bars.find((bar) => bar.label === label)?.percent);
    expect(right).toMatch(/^\d+ in (10|20|100)$/);
    expect(size).toMatch(/^\d+\u00a0KB$/);
    expect(time).toMatch(/^\d[\d.]*\u00a0ms$/);
    expect((await rows(stage))[other]![0]).toBe("7");
    expect(await stage.text(".compare-verdict")).toBe("All of them read 7.");
    expect(await stage.overflow()).toBe(0);
    expect(await stage.axeFindings(".stage")).toEqual([]);
  });

  test("what each says is what the page says when that model is chosen, and follows the pad", async () => {
    const [first, other] = await models();
    await stage.open(DESKTOP);
    await stage.ready();
    await stage.page.click(".compare summary");
    await draw(stage.page, mouse(stage.page), DIGITS["3"]);
    await compared(stage);
    const before = await rows(stage);

    await stage.page.select(".picker select", other);
    await stage.page.waitForFunction(
      (version) => document.documentElement.dataset["version"] === version,
      {},
      (await manifestOf(other)).manifest.version,
    );
    const { label, bars } = await stage.answer();
    await expect.poll(async () => (await rows(stage))[other]![0]).toBe(label);
    expect(before[other]![0]).toBe(label);
    expect(Number.parseFloat(before[other]![1]!.replace(">", ""))).toBe(
      bars.find((bar) => bar.label === label)?.percent,
    );
    await compared(stage);
    expect((await rows(stage))[first]!.slice(0, 4)).toEqual(before[first]!.slice(0, 4));

    await stage.page.click(".clear");
    await expect.poll(() => stage.text(".compare-verdict")).toBe("Draw something for them to read.");
    expect((await rows(stage))[first]!.slice(0, 2)).toEqual(["–", "–"]);
    await draw(stage.page, mouse(stage.page), DIGITS["0"]);
    await expect.poll(async () => Object.values(await rows(stage)).map(([answer]) => answer)).toContain("0");
  });

  test("a model that does not arrive says so, the others answer, and trying again mends it", async () => {
    const [first, other] = await models();
    stage.host.tamper = (path, body) => (path.startsWith(`models/${other}/`) && path.endsWith(".bin") ? null : body);
    await stage.open(PHONE, "light", "?lang=de");
    await stage.ready();
    await stage.page.click(".compare summary");
    await stage.page.waitForSelector(".compare .retry", { visible: true });
    expect(await stage.text(".compare .failed-part")).toContain(other);
    await expect.poll(async () => (await rows(stage))[first]!.at(-1)).toMatch(/ms$/);
    stage.host.tamper = (_, body) => body;
    await stage.page.click(".compare .retry");
    await compared(stage);
    expect(await stage.page.$(".compare .retry")).toBeNull();
    expect(await stage.overflow()).toBe(0);
  });

  test.each(LOOKS)("it fits: %s, %s", async (theme, name, viewport) => {
    await stage.open(viewport, theme);
    await stage.ready();
    await stage.page.click(".compare summary");
    await compared(stage);
    expect(await stage.overflow()).toBe(0);
    expect(await stage.smallTargets(".compare summary")).toEqual([]);
    await stage.page.$eval(".compare", (element) => {
      element.scrollIntoView({ block: "center" });
    });
    await stage.screenshot(`compare-${name}-${theme}`);
  });
});

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

inEveryBrowser(
  (stage) => {
    test("a site with one model offers no comparison", async () => {
      await stage.open(DESKTOP);
      await stage.ready();
      expect(await stage.page.$eval(".compare", (element) => element.checkVisibility())).toBe(false);
      expect(await stage.page.$eval(".picker", (element) => element.checkVisibility())).toBe(false);
    });
  },
  {
    site: async () => {
      const folder = await mkdtemp(join(tmpdir(), "one-model-"));
      folders.push(folder);
      await cp(SITE, folder, { recursive: true });
      const path = join(folder, "models/index.json");
      const index = JSON.parse(await readFile(path, "utf8")) as { models: unknown[] };
      await writeFile(path, JSON.stringify({ ...index, models: index.models.slice(0, 1) }));
      for (const copy of [`${path}.br`, `${path}.gz`]) await rm(copy, { force: true });
      return folder;
    },
  },
);
