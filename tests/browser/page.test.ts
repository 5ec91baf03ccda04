// The published page in real browsers.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { asPage } from "./browser.ts";
import { DIGITS, draw, finger, mouse, pen, type Digit } from "./hand.ts";
import { DESKTOP, inEveryBrowser, manifestOf, PHONE, SITE, SMALLEST, TABLET, THEMES } from "./scenario.ts";

inEveryBrowser((stage) => {
  test("every fact about the model is the manifest's", async () => {
    const { manifest } = await manifestOf();
    await stage.open(DESKTOP);
    await stage.ready();
    expect(await stage.version()).toBe(manifest.version);
    expect((await stage.answer()).bars.map(({ label }) => label)).toEqual(manifest.labels);
    const empty = await stage.page.$$eval("[data-fact]", (facts) =>
      facts.filter((fact) => fact.checkVisibility() && fact.textContent === "").map((fact) => fact.outerHTML),
    );
    expect(empty).toEqual([]);
  });

  test("digits drawn with the mouse are recognized while they are drawn", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    for (const digit of Object.keys(DIGITS) as Digit[]) {
      let whileDrawing: Awaited<ReturnType<typeof stage.answer>> | undefined;
      await draw(stage.page, mouse(stage.page), DIGITS[digit], async () => {
        whileDrawing = await stage.answer();
      });
      expect(whileDrawing?.label).toBe(digit);
      const { label, bars, winners } = await stage.answer();
      expect(label).toBe(digit);
      expect(winners).toEqual([digit]);
      expect(Math.abs(bars.reduce((sum, bar) => sum + (bar.percent ?? 0), 0) - 100)).toBeLessThan(0.6); // ten roundings to 0.1
      await stage.page.click(".clear");
    }
    expect(stage.seen.complaints).toEqual([]);
  });

  test("the answer is announced once the hand rests, and not before", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["7"], async () => {
      expect(await stage.text(".spoken")).toBe("");
    });
    await stage.page.waitForFunction(() => document.querySelector(".spoken")?.textContent !== "");
    expect(await stage.text(".spoken")).toMatch(/^7, /);
  });

  test("digits drawn with a finger are recognized, and nothing scrolls", async ({ skip }) => {
    if (stage.browser.noTouch !== null) return skip(stage.browser.noTouch);
    await stage.open(PHONE);
    await stage.ready();
    for (const digit of ["0", "1", "3", "7"] as const) {
      await draw(stage.page, finger(stage.page), DIGITS[digit]);
      expect((await stage.answer()).label).toBe(digit);
      await stage.page.click(".clear");
    }
    expect(await stage.page.evaluate(() => scrollY)).toBe(0);
    expect(stage.seen.complaints).toEqual([]);
  });

  test("an empty pad claims nothing, and undo brings back what was cleared", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    await stage.page.click(".clear"); // the sample
    const blank = { label: "", winners: [] };
    expect(await stage.answer()).toMatchObject(blank);
    expect(await stage.text(".headline")).toMatch(/^Draw /);
    await draw(stage.page, mouse(stage.page), DIGITS["4"]);
    expect((await stage.answer()).label).toBe("4");
    await stage.page.click(".clear");
    expect(await stage.answer()).toMatchObject(blank);
    expect((await stage.answer()).bars.every((bar) => bar.percent === null)).toBe(true);
    expect(await stage.colours(".pad-canvas")).toBe(1);
    expect(await stage.colours(".picture canvas")).toBe(1);
    await stage.page.click(".undo");
    expect((await stage.answer()).label).toBe("4");
    await stage.page.keyboard.down("Control");
    await stage.page.keyboard.press("z"); // the second stroke
    await stage.page.keyboard.press("z"); // the first
    await stage.page.keyboard.up("Control");
    expect(await stage.answer()).toMatchObject(blank);
    expect(await stage.page.$eval(".undo", (button) => button.getAttribute("aria-disabled"))).toBe("true");
  });

  test("the sum shown is the score, of the class that one asks about", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["3"]);
    await stage.panel("why");
    expect(await stage.text(".ledger caption")).toContain("3");

    const number = async (name: string) => Number((await stage.text(`.sum-${name}`)).replace("\u2212", "-"));
    const sum = (await number("for")) + (await number("against")) + (await number("bias"));
    expect(Math.abs(sum - (await number("score")))).toBeLessThan(0.021); // four numbers rounded to 0.01

    await stage.page.focus("li:nth-child(6) .bar");
    await stage.panel("why");
    expect(await stage.text(".ledger caption")).toContain("5");
    await stage.page.focus("li:nth-child(9) .bar");
    await stage.page.keyboard.press("Enter"); // picked: stays when focus and pointer go
    await stage.page.mouse.move(1, 1);
    await stage.page.focus(".clear");
    await stage.panel("why");
    expect(await stage.text(".ledger caption")).toContain("8");
  });

  test("no request leaves the origin, and the console stays clean", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["7"]);
    await stage.answer();
    expect(stage.seen.requests.length).toBeGreaterThan(4);
    // Firefox counts its own font for the marker of a summary, which is in no file.
    const others = stage.seen.requests.filter((url) => !url.startsWith(stage.host.url) && !url.startsWith("data:"));
    expect(others).toEqual([]);
    expect(stage.seen.complaints).toEqual([]);
  });

  test("the page and its model arrive within 60 kB, 160 kB unpacked", async () => {
    await stage.open(PHONE);
    await stage.ready();
    let [bytes, unpacked] = [0, 0];
    const html = await readFile(join(SITE, "index.html"), "utf8");
    for (const url of new Set(stage.seen.requests)) {
      const path = url.slice(stage.host.url.length);
      // The panels further down can wait, and the worker with all that it keeps.
      if (!html.includes(path) && !path.startsWith("models/")) continue;
      const content = await readFile(join(SITE, path || "index.html"));
      bytes += brotliCompressSync(content).length;
      unpacked += content.length;
    }
    console.info(`${stage.browser.name}: ${String(bytes)} B after brotli, ${String(unpacked)} B before`);
    expect(bytes).toBeGreaterThan(20_000); // else nothing was counted
    expect(bytes).toBeLessThanOrEqual(60_000);
    expect(unpacked).toBeLessThanOrEqual(160_000);
  });

  test("a small phone shows everything without scrolling sideways, with targets for fingers", async () => {
    await stage.open(SMALLEST);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["7"]);
    expect(await stage.overflow()).toBe(0);
    expect(await stage.smallTargets("button, select, .languages a, .parts-nav a")).toEqual([]);
  });

  test("pad, answer and bars fit one phone screen", async ({ skip }) => {
    if (stage.browser.name === "webkit") return skip("its window is no narrower than 447 pixels");
    await stage.open(PHONE);
    await stage.ready();
    const bottom = await stage.page.$eval(".bars", (bars) => bars.getBoundingClientRect().bottom);
    expect(bottom).toBeLessThanOrEqual(PHONE.height);
  });

  test("in a low window the answer is beside the pad, in sight while the hand draws", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    // Phones on their side, and what a zoom of 200 % leaves of a laptop’s window.
    for (const [width, height] of [
      [568, 320],
      [667, 375],
      [683, 384],
      [740, 360],
      [932, 430],
      [640, 450],
    ] as const) {
      await stage.page.setViewport({ width, height });
      await stage.nextFrame();
      const boxes = await stage.page.evaluate(() => {
        const box = (selector: string) => document.querySelector(selector)!.getBoundingClientRect();
        scrollBy(0, box(".pad").top);
        return {
          pad: box(".pad").toJSON() as DOMRect,
          headline: box(".headline").toJSON() as DOMRect,
          height: innerHeight,
        };
      });
      const { pad, headline } = boxes;
      const name = `${String(width)} × ${String(height)}`;
      expect(headline.left, name).toBeGreaterThan(pad.right);
      expect(headline.bottom, name).toBeLessThan(boxes.height);
      expect(pad.bottom, name).toBeLessThanOrEqual(boxes.height);
      expect(pad.width, name).toBeGreaterThan(220);
      expect(await stage.overflow(), name).toBe(0);
    }
  });

  test.each(THEMES)("axe finds nothing in the %s theme, empty or drawn on", async (theme) => {
    await stage.open(DESKTOP, theme);
    await stage.ready();
    expect(await stage.axeFindings()).toEqual([]);
    await draw(stage.page, mouse(stage.page), DIGITS["3"]);
    await stage.page.click("li:nth-child(3) .bar");
    expect(await stage.axeFindings()).toEqual([]);
  });

  test("damaged weights are refused, the page says so, and trying again works once they are mended", async () => {
    stage.host.tamper = (path, body) => {
      if (path.endsWith(".bin")) body[100] = (body[100] ?? 0) ^ 1;
      return body;
    };
    await stage.open(PHONE);
    await stage.page.waitForSelector(".retry", { visible: true });
    expect(await stage.text(".failure-title")).toContain("damaged");
    expect(await stage.text(".failure-details p")).toContain("SHA-256");
    expect(await stage.page.$(".bar")).toBeNull();
    expect(await stage.axeFindings()).toEqual([]);
    await draw(stage.page, mouse(stage.page), DIGITS["7"]); // the pad works meanwhile
    expect(await stage.colours(".pad-canvas")).toBeGreaterThan(1);
    await stage.screenshot("phone-light-damaged");

    stage.host.tamper = (_, body) => body;
    await stage.page.click(".retry");
    await stage.ready();
    expect((await stage.answer()).label).toBe("7"); // what was drawn before is read now
  });

  test("a download that fails offers a retry", async () => {
    stage.host.tamper = (path, body) => (path.startsWith("models") && path.endsWith("manifest.json") ? null : body);
    await stage.open(DESKTOP, "dark");
    await stage.page.waitForSelector(".retry", { visible: true });
    expect(await stage.text(".failure-title")).toBe("The model could not be loaded");
    expect(await stage.text(".failure-details p")).toContain("404");
    stage.host.tamper = (_, body) => body;
    await stage.page.click(".retry");
    await stage.ready();
  });

  test("while the model is being loaded the page says so, and the pad works", async () => {
    let release: (() => void) | undefined;
    const held = new Promise<void>((resume) => (release = resume));
    stage.host.tamper = async (path, body) => {
      if (path.endsWith(".bin")) await held;
      return body;
    };
    await stage.open(DESKTOP);
    await stage.page.waitForFunction(() => document.querySelector(".status-text")?.textContent.includes("KB"));
    await draw(stage.page, mouse(stage.page), DIGITS["0"]);
    release?.();
    await stage.ready();
    expect((await stage.answer()).label).toBe("0");
  });

  test("an address that names an unknown model is not answered with another one", async () => {
    await stage.open(DESKTOP, "light", "?model=no-such-model");
    await stage.page.waitForSelector(".retry", { visible: true });
    expect(await stage.text(".failure-details p")).toContain("no-such-model");
    const { manifest } = await manifestOf();
    await stage.page.select(".picker select", manifest.name);
    await stage.ready();
    expect(await stage.page.evaluate(() => new URLSearchParams(location.search).get("model"))).toBe(manifest.name);
  });

  test("with more than one model, the choice is in the address", async ({ skip }) => {
    const { names } = await manifestOf();
    const other = names[1];
    if (other === undefined) return skip("this site publishes one model");
    await stage.open(DESKTOP);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["7"]);
    await stage.page.select(".picker select", other);
    const { manifest } = await manifestOf(other);
    await stage.page.waitForFunction(
      (version) => document.documentElement.dataset["version"] === version,
      {},
      manifest.version,
    );
    expect((await stage.answer()).label).toBe("7");
    await stage.page.reload();
    await stage.ready();
    expect(await stage.version()).toBe(manifest.version);
  });

  test.each(THEMES)("screenshots in the %s theme", async (theme) => {
    // A picture for every width in one browser; of the others one each, to see that they agree.
    const widths = { phone: PHONE, tablet: TABLET, desktop: DESKTOP };
    const other = theme === "dark" ? "phone" : "desktop";
    for (const [name, viewport] of Object.entries(widths)) {
      if (stage.browser.name !== "chromium" && name !== other) continue;
      await stage.open({ ...viewport, deviceScaleFactor: 1 }, theme);
      await stage.ready();
      await draw(stage.page, mouse(stage.page), DIGITS["3"]);
      expect((await stage.answer()).label).toBe("3");
      await stage.screenshot(`${name}-${theme}`, true);
    }
  });
});

// What only Chromium’s own protocol can do: a pen with pressure, a page without JavaScript.
inEveryBrowser(
  (stage) => {
    test("a pen that presses harder draws a bolder line", async () => {
      await stage.open(DESKTOP);
      await stage.ready();
      const session = await asPage(stage.page).createCDPSession();
      const inked = () =>
        stage.page.$eval(".pad-canvas", (element) => {
          const canvas = element as HTMLCanvasElement;
          const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
          return Array.from(data).filter((value, index) => index % 4 === 3 && value > 127).length;
        });
      await draw(stage.page, pen(session, 0.1), DIGITS["7"]);
      const light = await inked();
      expect((await stage.answer()).label).toBe("7");
      await stage.page.click(".clear");
      await draw(stage.page, pen(session, 0.9), DIGITS["7"]);
      expect(await inked()).toBeGreaterThan(1.5 * light);
    });

    test.each([
      [24, [360, 1024]],
      [32, [320, 1280]],
    ] as const)(
      "who has set type of %i pixels sees every answer, and nothing scrolls sideways",
      async (standard, widths) => {
        const session = await asPage(stage.page).createCDPSession();
        await session.send("Page.setFontSizes", {
          fontSizes: { standard, fixed: standard },
        });
        for (const width of widths) {
          await stage.open({ width, height: 800 });
          await stage.ready();
          await draw(stage.page, mouse(stage.page), DIGITS["3"]);
          await stage.answer();
          expect(await stage.overflow()).toBe(0);
          const cut = await stage.page.$$eval(".bar-value", (values) =>
            values
              .map((value) => value.getBoundingClientRect())
              .filter(({ left, right }) => left < 0 || right > innerWidth),
          );
          expect(cut).toEqual([]);
          const pad = await (await stage.page.$(".pad"))?.boundingBox();
          expect(pad?.width).toBeGreaterThan(width / 3);
        }
      },
    );

    test("in forced colours the counts of mistakes look like what they are, and the frequent ones stand out", async () => {
      const session = await asPage(stage.page).createCDPSession();
      await session.send("Emulation.setEmulatedMedia", {
        features: [{ name: "forced-colors", value: "active" }],
      });
      await stage.open(DESKTOP);
      await stage.ready();
      await stage.page.$eval("#quality", (section) => {
        section.scrollIntoView();
      });
      await stage.page.waitForSelector(".matrix button");
      const frames = await stage.page.$$eval(".matrix .mix-up", (cells) =>
        cells.map((cell) => Number.parseFloat(getComputedStyle(cell).borderTopWidth)),
      );
      expect(Math.min(...frames)).toBeGreaterThanOrEqual(1);
      expect(Math.max(...frames)).toBeGreaterThanOrEqual(3);
      const none = await stage.page.$eval(".matrix .none", (cell) => getComputedStyle(cell).borderTopWidth);
      expect(none).toBe("0px");
    });

    test("without JavaScript the page says what is missing", async () => {
      await asPage(stage.page).setJavaScriptEnabled(false);
      await stage.open(PHONE);
      expect(await stage.text("noscript")).toContain("JavaScript");
      await stage.screenshot("phone-light-no-javascript", true);
    });
  },
  { only: ["chromium"] },
);
