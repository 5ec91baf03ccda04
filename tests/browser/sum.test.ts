// The sum that one can see: products that fall, scores and biases that can be dragged, and what an empty page gets.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { denseModel } from "../../web/src/testing/layers-model.ts";
import { filesOf, manifestOf as manifestFor, publish, ROOT } from "../../web/src/testing/published.ts";
import { asPage } from "./browser.ts";
import { DIGITS, draw, finger, mouse } from "./hand.ts";
import { DESKTOP, inEveryBrowser, PHONE, SITE, THEMES, type Stage } from "./scenario.ts";

/** A number as the page writes it, with whatever stands around it. */
const number = (text: string) => Number(/[+\u2212-]?[\d.,]+/.exec(text)?.[0].replace("\u2212", "-").replace(",", ""));

/** Handles are the only `div`s on their line. */
const handle = (part: "biases" | "shares", index: number) => `.${part} .handle:nth-of-type(${String(index + 1)})`;

/** What the number line, the table and the parts of the whole say. */
const softmax = (stage: Stage) =>
  stage.page.evaluate(() => {
    const rows = [...document.querySelectorAll(".shares tbody tr")].map((row) =>
      [...row.querySelectorAll("td")].map(({ textContent }) => textContent),
    );
    const handles = [...document.querySelectorAll(".shares .handle")];
    const parts = [...document.querySelectorAll<HTMLElement>(".stack-part")];
    return {
      rows,
      values: handles.map((handle) => Number(handle.getAttribute("aria-valuenow"))),
      texts: handles.map((handle) => handle.getAttribute("aria-valuetext") ?? ""),
      parts: parts.map((part) => Number(part.style.getPropertyValue("--share"))),
      winner: document.querySelector(".shares tr.winner th")?.textContent ?? "",
      conclusion: document.querySelector(".conclusion")?.textContent ?? "",
      isWhatIf: document.querySelector(".shares")!.classList.contains("what-if"),
      back: document.querySelector(".back")!.getAttribute("aria-disabled") !== "true",
    };
  });

/** Softmax, worked out anew from the values of the handles. */
function expectSoftmax({ values, rows, parts }: Awaited<ReturnType<typeof softmax>>): void {
  const powers = values.map((value) => Math.exp(value - Math.max(...values)));
  const total = powers.reduce((a, b) => a + b);
  for (const [index, [score, , share]] of rows.entries()) {
    expect(Math.abs(number(score!) - values[index]!)).toBeLessThan(0.0051);
    expect(Math.abs(parts[index]! - powers[index]! / total)).toBeLessThan(1e-4); // values have six digits
    const percent = (100 * powers[index]!) / total;
    if (share!.startsWith(">")) expect(percent).toBeGreaterThan(number(share!));
    else expect(Math.abs(number(share!) - percent)).toBeLessThan(0.061);
  }
}

async function centre(stage: Stage, selector: string): Promise<readonly [x: number, y: number]> {
  await stage.page.$eval(selector, (element) => {
    element.scrollIntoView({ block: "center", behavior: "instant" });
  });
  const box = await (await stage.page.$(selector))?.boundingBox();
  if (!box) throw new Error(`${selector} is not visible.`);
  return [box.x + box.width / 2, box.y + box.height / 2];
}

async function openWith(stage: Stage, digit: keyof typeof DIGITS | null, query = ""): Promise<void> {
  await stage.open(DESKTOP, "light", query);
  await stage.ready();
  if (digit) await draw(stage.page, mouse(stage.page), DIGITS[digit]);
  else await stage.page.click(".clear"); // the sample that draws itself gives way
  await stage.panel("why");
}

inEveryBrowser((stage) => {
  test("a score that is dragged takes its share along, as a what-if, and a button leads back", async () => {
    await openWith(stage, "3");
    const before = await softmax(stage);
    expectSoftmax(before);
    expect(before.winner).toBe("3");
    expect([before.isWhatIf, before.back]).toEqual([false, false]);
    const answer = await stage.text(".bar.winner .bar-value");

    const [x, y] = await centre(stage, handle("shares", 8));
    const width = await stage.page.$eval(".shares .line", (line) => line.clientWidth);
    await stage.page.mouse.move(x, y);
    await stage.page.mouse.down();
    for (let step = 1; step <= 6; step++) await stage.page.mouse.move(x + (step * width) / 10, y);
    await stage.nextFrame();
    const held = await softmax(stage);
    expectSoftmax(held);
    await stage.page.mouse.up();
    const after = await softmax(stage);
    expectSoftmax(after);
    expect(after.values[8]).toBeGreaterThan(before.values[8]!);
    expect(after.values.filter((_, index) => index !== 8)).toEqual(before.values.filter((_, index) => index !== 8));
    expect(after.isWhatIf).toBe(true);
    expect(after.conclusion).toMatch(/^What if 8 scored [\d.]+ more\?/);
    expect(after.winner).toBe("8");
    expect(after.conclusion).toContain("would be 8 instead of 3");
    // What the model answers is another matter.
    expect(await stage.text(".bar.winner .bar-value")).toBe(answer);
    expect(await stage.text(".reason .choice.shown")).toBe("8");

    await stage.page.click(".back");
    const back = await softmax(stage);
    expect(back).toMatchObject({ values: before.values, isWhatIf: false, back: false });

    // With the next drawing it is forgotten.
    await stage.page.focus(handle("shares", 8));
    await stage.page.keyboard.press("End");
    expect((await softmax(stage)).isWhatIf).toBe(true);
    await stage.page.click(".clear");
    await draw(stage.page, mouse(stage.page), DIGITS["7"]);
    await stage.panel("why");
    expect(await softmax(stage)).toMatchObject({ isWhatIf: false, winner: "7" });
    expect(stage.seen.complaints).toEqual([]);
  });

  test("a finger drags it too, and does not scroll the page", async ({ skip }) => {
    if (stage.browser.noTouch !== null) return skip(stage.browser.noTouch);
    await stage.open(PHONE);
    await stage.ready();
    await draw(stage.page, finger(stage.page), DIGITS["3"]);
    await stage.panel("why");
    const before = await softmax(stage);
    const [x, y] = await centre(stage, handle("shares", 3));
    const top = await stage.page.evaluate(() => scrollY);
    const hand = finger(stage.page);
    await hand.down(x, y);
    for (let step = 1; step <= 6; step++) await hand.move(x - 20 * step, y);
    await hand.up();
    const after = await softmax(stage);
    expect(after.values[3]).toBeLessThan(before.values[3]! - 2);
    expectSoftmax(after);
    expect(await stage.page.evaluate(() => scrollY)).toBe(top);
    // Only Chromium's emulation knows that a finger is a coarse pointer.
    if (stage.browser.name === "chromium") expect(await stage.smallTargets(".handle, .reason button")).toEqual([]);
  });

  test("the arrow keys move a score; on each line one handle is a stop of the Tab key", async () => {
    await openWith(stage, "3");
    const stops = () =>
      stage.page.$$eval(".shares div.handle", (handles) =>
        handles.filter((handle) => handle.tabIndex === 0).map(({ textContent }) => textContent),
      );
    expect(await stops()).toEqual(["3"]);
    const { values } = await softmax(stage);
    await stage.page.focus(handle("shares", 3));
    const top = await stage.page.evaluate(() => scrollY);
    await stage.page.keyboard.press("ArrowLeft");
    const little = await softmax(stage);
    const step = values[3]! - little.values[3]!;
    expect(step).toBeGreaterThan(0);
    expect(little.texts[3]).toMatch(/^[+\u2212][\d.]+, share >?[\d.]+\u00a0%$/);
    for (const key of ["ArrowDown", "ArrowLeft", "ArrowUp"] as const) await stage.page.keyboard.press(key);
    expect((await softmax(stage)).values[3]).toBeCloseTo(values[3]! - 2 * step, 2);
    await stage.page.keyboard.press("Home");
    const [lowest, low] = await stage.page.$eval(handle("shares", 3), (handle) => [
      Number(handle.getAttribute("aria-valuenow")),
      Number(handle.getAttribute("aria-valuemin")),
    ]);
    expect(lowest).toBe(low);
    const least = await softmax(stage);
    expectSoftmax(least);
    expect(least.winner).not.toBe("3");
    expect(await stage.page.evaluate(() => scrollY)).toBe(top);
    expect(await stage.axeFindings()).toEqual([]);
  });

  test("raising every score alike moves no share; a bias that is moved takes its score along", async () => {
    await openWith(stage, "3");
    const before = await softmax(stage);
    for (const times of [1, 2]) {
      await stage.page.click(".lift");
      const after = await softmax(stage);
      after.values.forEach((value, index) => {
        expect(value).toBeCloseTo(before.values[index]! + times, 3);
      });
      expect(after.rows.map(([, , share]) => share)).toEqual(before.rows.map(([, , share]) => share));
      expect(after.conclusion).toMatch(
        new RegExp(`^What if every score were ${String(times)}\\.00 higher\\?.*no share changes`),
      );
      expectSoftmax(after);
    }
    await stage.page.click(".back");

    const bias = () => stage.page.$eval(handle("biases", 5), (handle) => Number(handle.getAttribute("aria-valuenow")));
    const was = await bias();
    await stage.page.focus(handle("biases", 5));
    for (const key of ["ArrowUp", "ArrowRight"] as const) await stage.page.keyboard.press(key);
    const after = await softmax(stage);
    const by = (await bias()) - was;
    expect(by).toBeGreaterThan(0);
    expect(after.values[5]! - before.values[5]!).toBeCloseTo(by, 3);
    expectSoftmax(after);
    expect(after.conclusion).toMatch(/^What if 5 scored/);
    expect(await stage.text(".bias-words")).toMatch(/^With these biases/);
  });

  test("an empty page gets the softmax of the biases: before a drawing, after it, and when asked for", async () => {
    await openWith(stage, null);
    const empty = await softmax(stage);
    expectSoftmax(empty);
    expect(await stage.text(".why-lead")).toMatch(/^What of an empty page\? .*Draw above/);
    expect(await stage.text(".sum-for")).toBe("0.00000");
    expect(await stage.text(".sum-score")).toBe(await stage.text(".sum-bias"));
    expect(await stage.colours(".product canvas")).toBe(1);
    expect(await stage.page.$eval(".product ~ .legend", (legend) => getComputedStyle(legend).visibility)).toBe(
      "hidden",
    );
    const biases = await stage.page.$$eval(".biases .handle", (handles) =>
      handles.map((handle) => Number(handle.getAttribute("aria-valuenow"))),
    );
    expect(empty.values).toEqual(biases);
    expect(await stage.page.$eval(".empty-page", (button) => button.checkVisibility())).toBe(false);
    // Every weight can be read meanwhile.
    await stage.page.focus(".product .frame");
    expect(await stage.text(".readout")).toMatch(/no ink, so its weight, \S+, has no effect$/);

    await stage.page.evaluate(() => {
      scrollTo(0, 0);
    });
    await draw(stage.page, mouse(stage.page), DIGITS["3"]);
    await stage.panel("why");
    const drawn = await softmax(stage);
    expect(drawn.winner).toBe("3");
    await stage.page.click(".empty-page");
    expect(await softmax(stage)).toMatchObject({ values: empty.values, rows: empty.rows });
    expect(await stage.text(".ledger caption")).toContain("an empty page");
    await stage.page.click(".back");
    expect((await softmax(stage)).values).toEqual(drawn.values);
    expect(await stage.text(".back")).toBe("Back to your drawing");

    await stage.page.click(".clear");
    await stage.panel("why");
    expect((await softmax(stage)).values).toEqual(empty.values);
    expect(stage.seen.complaints).toEqual([]);
  });

  test("the products fall when the button is pressed, and lie in their bars within a second", async () => {
    await openWith(stage, "3");
    await centre(stage, ".fall-again");
    await stage.page.waitForFunction(() => document.querySelector(".falling") === null);
    const { colours, hidden, ms } = await stage.page.evaluate(async () => {
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      const began = performance.now();
      document.querySelector<HTMLElement>(".fall-again")!.click();
      for (let count = 0; count < 3; count++) await frame();
      const canvas = document.querySelector<HTMLCanvasElement>(".fall")!;
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      const bar = document.querySelector(".sum-bar.plus canvas")!;
      const hidden = getComputedStyle(bar).visibility === "hidden";
      while (document.querySelector(".falling")) await frame();
      return { colours: new Set(new Uint32Array(data.buffer)).size, hidden, ms: performance.now() - began };
    });
    expect(colours).toBeGreaterThan(20);
    expect(hidden).toBe(true);
    expect(ms).toBeGreaterThan(500);
    expect(ms).toBeLessThan(3000); // less than one second, and the frames of a busy machine
    expect(await stage.page.$(".fall")).toBeNull();
    expect(await stage.colours(".sum-bar.plus canvas")).toBeGreaterThan(10);
  });
});

let folder: string;
const LABELS = {
  letters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ".split(""),
  animals: ["hippopotamus", "a very long name of an animal", "cat"],
};

/** A linear model of drawings beside the site's own. */
async function add(name: keyof typeof LABELS, useBias: boolean): Promise<void> {
  const labels = LABELS[name];
  const model = denseModel(784, [{ units: labels.length, activation: "softmax", useBias }]);
  const formats = [{ id: "layers-float32", files: filesOf(model) }];
  const published = manifestFor(formats, 784, labels);
  const manifest = {
    ...published,
    name,
    linear: true,
    input: { ...(published["input"] as object), image: { height: 28, width: 28, channels: 1 } },
    preprocess: {
      drawing: [{ step: "ink" }, { step: "fit", box: 20 }, { step: "center", height: 28, width: 28 }],
      image: [{ step: "flatten" }],
    },
  };
  for (const [url, content] of publish(manifest, formats)) {
    const path = join(folder, "models", name, url.slice(ROOT.length));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  const path = join(folder, "models/index.json");
  const index = JSON.parse(await readFile(path, "utf8")) as { models: object[] };
  index.models.push({ name, path: `${name}/latest.json` });
  await writeFile(path, JSON.stringify(index));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sum-"));
  await cp(SITE, folder, { recursive: true });
  await add("letters", true);
  await add("animals", false);
});
afterAll(() => rm(folder, { recursive: true }));

// What only Chromium's protocol can do, and what one browser shows for all.
inEveryBrowser(
  (stage) => {
    test.each(["letters", "animals"] as const)("%s fit the smallest phones, and none covers another", async (name) => {
      await stage.open({ ...PHONE, width: 360, height: 640, deviceScaleFactor: 2 }, "light", `?model=${name}`);
      await stage.ready();
      await draw(stage.page, mouse(stage.page), DIGITS["3"]);
      await stage.panel("why");
      expect(await stage.overflow()).toBe(0);
      expect((await softmax(stage)).values).toHaveLength(LABELS[name].length);
      const covered = await stage.page.$$eval(".shares .handle", (handles) => {
        const boxes = handles.map((handle) => handle.getBoundingClientRect());
        return boxes.flatMap((a, i) =>
          boxes
            .slice(i + 1)
            .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
            .map((b) => `${String(a.left)} ${String(b.left)}`),
        );
      });
      expect(covered).toEqual([]);
      expectSoftmax(await softmax(stage));
      await stage.screenshot(`sum-phone-${name}`, true);
    });

    test.each(THEMES)("axe finds nothing in the %s theme while something is moved", async (theme) => {
      await stage.open(DESKTOP, theme);
      await stage.ready();
      await draw(stage.page, mouse(stage.page), DIGITS["3"]);
      await stage.panel("why");
      await stage.page.focus(handle("shares", 8));
      await stage.page.keyboard.press("End");
      expect(await stage.axeFindings()).toEqual([]);
      await stage.screenshot(`sum-desktop-${theme}`, true);
    });

    test("of a model without biases nothing is said about them", async () => {
      await stage.open(DESKTOP, "light", "?model=animals");
      await stage.ready();
      await stage.panel("why");
      expect(await stage.page.$eval(".biases", (part) => part.checkVisibility())).toBe(false);
      expect(await stage.page.$eval(".sum-bias", (cell) => cell.checkVisibility())).toBe(false);
      expect(await stage.text(".formula")).not.toContain("b");
      const { rows } = await softmax(stage);
      expect(rows.map(([, , share]) => share)).toEqual(rows.map(() => "33.3\u00a0%"));
      expect(stage.seen.complaints).toEqual([]);
    });

    test("nothing falls for those who want rest", async () => {
      await asPage(stage.page).emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }]);
      await stage.open(DESKTOP);
      await stage.ready();
      await draw(stage.page, mouse(stage.page), DIGITS["3"]);
      await stage.panel("why");
      await centre(stage, ".ledger");
      expect(await stage.page.$eval(".fall-again", (button) => button.checkVisibility())).toBe(false);
      await stage.page.evaluate(() => {
        const seen = new MutationObserver(() => {
          if (document.querySelector(".falling")) document.body.dataset["fell"] = "yes";
        });
        seen.observe(document.body, { subtree: true, attributes: true });
      });
      await stage.page.click(".reason .choice:nth-child(6)");
      await new Promise((done) => setTimeout(done, 1500)); // twice the rest after which they would fall
      expect(await stage.page.evaluate(() => document.body.dataset["fell"])).toBeUndefined();
    });

    test("the section speaks German, with German numbers", async () => {
      await stage.open(DESKTOP, "light", "?lang=de");
      await stage.ready();
      await draw(stage.page, mouse(stage.page), DIGITS["3"]);
      await stage.panel("why");
      expect(await stage.text(".why-lead")).toMatch(/^Warum 3\? .*\+\d+,\d\d/);
      const words = await stage.page.$eval("section#why", (section) => section.innerText);
      expect(words).not.toMatch(/\d\.(?!\d{3}\b)\d|\b(share|weight|scored)/);
      await stage.screenshot("sum-desktop-german", true);
    });
  },
  { only: ["chromium"], site: () => Promise.resolve(folder) },
);
