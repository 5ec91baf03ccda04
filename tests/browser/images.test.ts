// The training images behind a score.
import { expect, test } from "vitest";
import { DIGITS, draw, mouse } from "./hand.ts";
import { DESKTOP, inEveryBrowser, inChromium, LOOKS, manifestOf, type Stage } from "./scenario.ts";

interface Published {
  readonly name: string;
  readonly version: string;
  readonly files: Readonly<Record<string, { readonly bytes: number }>>;
}

/** Scroll to the panel, which is fetched then. */
async function bring(stage: Stage, digit?: keyof typeof DIGITS): Promise<void> {
  await stage.ready();
  if (digit) await draw(stage.page, mouse(stage.page), DIGITS[digit]);
  await stage.page.$eval("#images", (section) => {
    section.scrollIntoView();
  });
  await stage.page.waitForSelector("#images .images-load");
}

/** Press the button, wherever it is: it moves while the panels above it are fetched and grow. */
const ask = (stage: Stage): Promise<void> =>
  stage.page.$eval(".images-load", (button) => {
    (button as HTMLElement).click();
  });

async function load(stage: Stage): Promise<void> {
  await ask(stage);
  await stage.page.waitForSelector("#images .choice");
  await stage.nextFrame();
}

const number = (text: string) => Number(text.replace("\u2212", "-"));
const cell = async (stage: Stage, name: string) => number(await stage.text(`.images-${name}`));

/** What the listed images of one side add, and the products that are written below them. */
const side = (stage: Stage, name: "for" | "against") =>
  stage.page.$$eval(`.${name}-side li:not([hidden]) figcaption`, (captions) =>
    captions.map((caption) => [...caption.children].map(({ textContent }) => textContent)),
  );

inEveryBrowser((stage) => {
  test("the images for and against add up with all others to the score, of any class", async () => {
    const { manifest } = (await manifestOf()) as unknown as { manifest: Published };
    await stage.open(DESKTOP);
    await bring(stage, "3");
    const bytes = manifest.files["influences"]!.bytes + manifest.files["influence_images"]!.bytes;
    expect(bytes).toBeLessThanOrEqual(150_000);
    expect(await stage.text(".images-load")).toContain(`${String(Math.ceil(bytes / 1000))}\u00a0KB`);
    expect(stage.seen.requests.filter((url) => url.includes("influences"))).toEqual([]);
    await load(stage);
    expect(stage.seen.requests.filter((url) => url.includes("influences")).length).toBeGreaterThan(1);

    const scores = await stage.page.$$eval(".shares tbody tr", (rows) =>
      rows.map((row) => row.querySelector("td")?.textContent ?? ""),
    );
    for (const label of [3, 8]) {
      await stage.page.click(`#images .choice:nth-child(${String(label + 1)})`);
      await stage.page.mouse.move(1, 1);
      expect(await stage.text(".for-side h3")).toContain(String(label));
      const [up, down, others, total] = [
        await cell(stage, "up"),
        await cell(stage, "down"),
        await cell(stage, "others"),
        await cell(stage, "total"),
      ];
      expect(Math.abs(up + down + others - total)).toBeLessThan(0.021); // four numbers rounded to 0.01
      if (scores.length > 0) expect(total).toBe(number(scores[label]!));
      const [forIt, against] = [await side(stage, "for"), await side(stage, "against")];
      expect(forIt).toHaveLength(8);
      expect(against.length).toBeGreaterThan(0);
      for (const [sign, list] of [
        [1, forIt],
        [-1, against],
      ] as const) {
        const values = list.map(([value]) => sign * number(value!));
        expect(values).toEqual([...values].sort((a, b) => b - a)); // the strongest first
        expect(Math.min(...values)).toBeGreaterThan(0);
        for (const [value, , product] of list) {
          const [push, overlap] = product!.split("\u2009×\u2009").map(number) as [number, number];
          const rounding = 0.00051 * overlap + 0.51 * Math.abs(push) + 0.006; // to three digits, to none, and to two
          expect(Math.abs(push * overlap - number(value!))).toBeLessThan(rounding);
        }
      }
      // Only images of a class push towards it.
      expect(new Set(forIt.map(([, written]) => written))).toEqual(new Set([`labelled ${String(label)}`]));
      expect(against.every(([, written]) => written !== `labelled ${String(label)}`)).toBe(true);
    }
    expect(await stage.colours(".for-side canvas")).toBeGreaterThan(5);
    expect(stage.seen.complaints).toEqual([]);
  });

  test("they follow the drawing, and an empty pad has none", async () => {
    await stage.open(DESKTOP);
    await bring(stage, "3");
    await load(stage);
    const before = await side(stage, "for");
    await stage.page.evaluate(() => {
      scrollTo(0, 0);
    });
    await stage.page.click(".clear");
    await stage.page.$eval("#images", (section) => {
      section.scrollIntoView();
    });
    await stage.page.waitForFunction(() => document.querySelector(".images-content")?.checkVisibility() === false);
    expect(await stage.text("#images .empty")).toMatch(/^Draw something/);
    await stage.page.evaluate(() => {
      scrollTo(0, 0);
    });
    await draw(stage.page, mouse(stage.page), DIGITS["7"]);
    await stage.page.$eval("#images", (section) => {
      section.scrollIntoView();
    });
    await stage.page.waitForFunction(() => document.querySelector(".for-side h3")?.textContent.includes("7"));
    expect(await side(stage, "for")).not.toEqual(before);
  });

  test("a damaged file is refused, and can be asked for again", async () => {
    stage.host.tamper = (path, body) => {
      if (path.endsWith("influences.bin")) body[500] = (body[500] ?? 0) ^ 1;
      return body;
    };
    await stage.open(DESKTOP);
    await bring(stage, "3");
    await ask(stage);
    await stage.page.waitForSelector("#images .retry");
    expect(await stage.text("#images details p")).toContain("SHA-256");
    stage.host.tamper = (_, body) => body;
    await stage.page.click("#images .retry");
    await stage.page.waitForSelector("#images .choice");
  });

  test("a model whose weights are no such sum has no such section", async ({ skip }) => {
    const { names } = await manifestOf();
    const other = await Promise.all(names.map(async (name) => (await manifestOf(name)).manifest)).then((all) =>
      (all as unknown as Published[]).find(({ files }) => !files["influences"]),
    );
    if (!other) return skip("every model of this site is a sum over its images");
    await stage.open(DESKTOP, "light", `?model=${other.name}`);
    await stage.ready();
    expect(await stage.page.$eval("#images", (section) => section.checkVisibility())).toBe(false);
  });

  test("in German the numbers have commas", async () => {
    await stage.open(DESKTOP, "light", "?lang=de");
    await bring(stage, "3");
    expect(await stage.text("#images h2")).toBe("Die Bilder dahinter");
    await load(stage);
    expect(await stage.text(".images-total")).toMatch(/^[+\u2212]\d+,\d\d$/);
  });
});

inChromium((stage) => {
  test.each(LOOKS)(
    "axe finds nothing in the %s theme, and the %s window does not scroll sideways",
    async (theme, name, window) => {
      await stage.open(window, theme);
      await bring(stage, "3");
      await load(stage);
      expect(await stage.overflow()).toBe(0);
      expect(await stage.axeFindings()).toEqual([]);
      await stage.screenshot(`images-${name}-${theme}`);
    },
  );
});
