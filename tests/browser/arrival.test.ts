// The first ten seconds: what somebody sees who arrives, before and while they touch anything. SITE_DIR as in page.test.ts.
import { expect, test } from "vitest";
import { asPage } from "./browser.ts";
import { DIGITS, draw, mouse } from "./hand.ts";
import { DESKTOP, inEveryBrowser, manifestOf, PHONE, type Stage } from "./scenario.ts";

const SMALL_PHONE = { ...PHONE, width: 360, height: 640 };

/** The page's own digit is drawn and read: half drawn it may have been a 5 already, and a 2 afterwards. */
const sampled = (stage: Stage) =>
  stage.page.waitForFunction(() => {
    const share = document.querySelector(".winner .bar-value")?.textContent ?? "";
    const seen = (globalThis as { seen?: { readonly share: string; readonly since: number } }).seen;
    if (seen?.share !== share) Object.assign(globalThis, { seen: { share, since: performance.now() } });
    return (
      document.querySelector(".pad.sample") !== null &&
      document.querySelector(".glyph")?.textContent === "5" &&
      Number.parseFloat(share.replace(">", "")) > 90 &&
      seen?.share === share &&
      performance.now() - seen.since > 300
    );
  });
const isOff = (stage: Stage, selector: string) =>
  stage.page.$eval(selector, (button) => button.getAttribute("aria-disabled") === "true");
const box = (stage: Stage, selector: string) =>
  stage.page.$eval(selector, (element) => element.getBoundingClientRect().toJSON() as DOMRect);

inEveryBrowser((stage) => {
  test("a digit is drawn and read, and gives way to the first stroke", async () => {
    await stage.open(DESKTOP);
    await sampled(stage);
    expect(await stage.text(".pad-hint")).toBe("Your turn: draw here");
    expect(await isOff(stage, ".undo")).toBe(true);
    expect(await stage.page.evaluate(() => location.hash)).toBe("");
    expect(await stage.axeFindings()).toEqual([]);
    await stage.screenshot("desktop-sample");
    await new Promise((resume) => setTimeout(resume, 900)); // longer than any other drawing rests before it is announced
    expect(await stage.text(".spoken")).toBe("");

    await draw(stage.page, mouse(stage.page), DIGITS["1"]);
    expect((await stage.answer()).label).toBe("1"); // it would not be with a 5 below
    expect(await stage.page.$(".pad.sample")).toBeNull();
    await stage.page.click(".undo");
    expect((await stage.answer()).label).toBe("");
    expect(await isOff(stage, ".undo")).toBe(true);
    expect(stage.seen.complaints).toEqual([]);
  });

  test("the sample gives way to a key on the pad, but not to the Tab key or to scrolling", async () => {
    await stage.open(DESKTOP);
    await sampled(stage);
    await stage.page.evaluate(() => {
      scrollBy(0, 100);
    });
    await stage.page.focus(".pad-canvas");
    await stage.page.keyboard.press("Tab");
    expect((await stage.answer()).label).toBe("5");
    await stage.page.focus(".pad-canvas");
    await stage.page.keyboard.press("ArrowLeft");
    await expect.poll(async () => (await stage.answer()).label).toBe("");
    expect(await stage.colours(".pad-canvas")).toBe(1);
  });

  test("a drawing in the address is not replaced by the sample", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["7"]);
    await stage.page.reload();
    await stage.ready();
    await stage.page.waitForFunction(() => document.querySelector(".glyph")?.textContent === "7");
    await new Promise((resume) => setTimeout(resume, 600)); // until the sample would be seen
    expect((await stage.answer()).label).toBe("7");
    expect(await stage.page.$(".pad.sample")).toBeNull();
  });

  test("title, heading and description say what it is, with the model's own number", async () => {
    const { manifest } = await manifestOf();
    expect(manifest.linear).toBe(true);
    await stage.open(DESKTOP);
    const title = "Draw a digit. See why a 7,850-number model reads it as it does.";
    const said = () =>
      stage.page.evaluate(() => ({
        title: document.title,
        heading: document.querySelector("h1")?.textContent.trim(),
        preview: document.querySelector<HTMLMetaElement>("meta[property='og:title']")?.content,
        picture: document.querySelector<HTMLMetaElement>("meta[property='og:image']")?.content,
      }));
    const expected = { title, heading: "Draw a digit", preview: title, picture: "preview.png" };
    expect(await said()).toEqual(expected); // as published
    await stage.ready();
    expect(await said()).toEqual(expected); // as the script says it
    const picture = await stage.page.evaluate(async () => {
      const image = new Image();
      image.src = "preview.png";
      await image.decode();
      return [image.naturalWidth, image.naturalHeight];
    });
    expect(picture).toEqual([1200, 630]);
  });

  test("what is known of the model is in “How good”", async () => {
    const { manifest } = await manifestOf();
    await stage.open(DESKTOP);
    await stage.ready();
    await stage.page.$eval("#quality", (section) => {
      section.scrollIntoView();
    });
    await stage.page.waitForSelector("#quality .record");
    const record = await stage.text("#quality .record");
    expect(record).toContain(manifest.version);
    expect(record).toContain(manifest.name);
    const href = await stage.page.$eval("#quality .record a", (link) => link.getAttribute("href"));
    expect(href).toBe(`${stage.host.url}models/${manifest.name}/${manifest.version}/README.md`);
    expect(await stage.text("#quality .summary")).toContain(
      `${(100 * manifest.metrics.test_accuracy).toFixed(1)}\u00a0%`,
    );
  });

  test("the navigation stays in sight, shows where one is, and scrolls within itself", async () => {
    await stage.open(PHONE);
    await stage.ready();
    const current = () =>
      stage.page.$$eval(".parts-nav [aria-current]", (links) => links.map((link) => link.getAttribute("href")));
    expect(await current()).toEqual(["#draw"]);
    await stage.page.$eval(".parts-nav a[href='#quality']", (link) => {
      link.click();
    });
    await stage.page.waitForFunction(
      () => document.querySelector<HTMLAnchorElement>(".parts-nav [aria-current]")?.hash === "#quality",
    );
    await stage.page.waitForFunction(() => {
      const row = document.querySelector(".parts-nav")!.getBoundingClientRect();
      const link = document.querySelector(".parts-nav [aria-current]")!.getBoundingClientRect();
      return row.top === 0 && link.left >= row.left && link.right <= row.right;
    });
    expect(await stage.overflow()).toBe(0);
    expect(await stage.axeFindings()).toEqual([]);
    await stage.screenshot("phone-navigation");
  });

  test("the first stop of the Tab key leads past the navigation to the pad, and the address stays", async () => {
    await stage.open(DESKTOP, "light", "#weights");
    await stage.ready();
    await stage.page.evaluate(() => {
      (document.activeElement as HTMLElement | null)?.blur();
      document.body.tabIndex = -1;
      document.body.focus();
    });
    await stage.page.keyboard.press("Tab");
    const skip = await box(stage, ".skip");
    expect(await stage.page.evaluate(() => document.activeElement?.className)).toBe("skip");
    expect(skip.top).toBeGreaterThanOrEqual(0);
    await stage.page.keyboard.press("Enter");
    expect(await stage.page.evaluate(() => document.activeElement?.className)).toBe("pad-canvas");
    expect(await stage.page.evaluate(() => location.hash)).toBe("#weights");
  });

  test("the ten digits are one stop of the Tab key, and arrow keys lead from one to the next", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    const focused = () => stage.page.evaluate(() => document.activeElement?.querySelector(".bar-label")?.textContent);
    await stage.page.focus(".pad-canvas");
    const stops: string[] = [];
    for (let tabs = 0; tabs < 8; tabs++) {
      await stage.page.keyboard.press("Tab");
      const label = await focused();
      if (label != null) stops.push(label);
    }
    expect(stops).toEqual(["0"]);
    await stage.page.focus(".bar");
    await stage.page.keyboard.press("ArrowDown");
    expect(await focused()).toBe("1");
    await stage.page.keyboard.press("End");
    expect(await focused()).toBe("9");
    await stage.page.keyboard.press("ArrowDown");
    expect(await focused()).toBe("9");
    await stage.page.keyboard.press("Home");
    expect(await focused()).toBe("0");
  });

  test("a link leads to the page in German, and keeps the drawing", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["7"]);
    await stage.page.click(".languages a");
    await stage.page.waitForFunction(() => document.documentElement.lang === "de");
    await stage.ready();
    expect((await stage.answer()).label).toBe("7");
    expect(await stage.text("h1")).toBe("Zeichne eine Ziffer");
    expect(await stage.text(".undo")).toBe("Zurück");
    expect(await stage.page.$eval(".pad-canvas", (pad) => pad.ariaLabel)).toContain("Zeichne hier");
    expect(await stage.text(".winner .bar-value")).toMatch(/^>?\d+,\d\u00a0%$/);
    expect(await stage.text(".languages a")).toBe("English");
    expect(stage.seen.complaints).toEqual([]);
    await stage.screenshot("desktop-german");
  });

  test("a page from right to left has bars that grow from the right, and numbers that stay whole", async () => {
    await stage.open(PHONE);
    await sampled(stage);
    await stage.page.evaluate(() => {
      document.documentElement.dir = "rtl";
    });
    await stage.nextFrame();
    expect(await stage.overflow()).toBe(0);
    const apart = async () => {
      const [track, fill] = [await box(stage, ".winner .bar-track"), await box(stage, ".winner .bar-fill")];
      return Math.abs(fill.right - track.right);
    };
    await expect.poll(apart).toBeLessThan(1); // bars move to their place
    expect(await stage.page.$eval(".winner .bar-value", (value) => getComputedStyle(value).direction)).toBe("ltr");
    await stage.screenshot("phone-right-to-left");
  });

  test("a stroke that goes back and forth has the same edges as one that goes once", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    const line = [
      [0.2, 0.3],
      [0.4, 0.42],
      [0.6, 0.54],
      [0.8, 0.66],
    ] as const;
    const back = [...line].reverse();
    const alphas = () =>
      stage.page.$eval(".pad-canvas", (element) => {
        const canvas = element as HTMLCanvasElement;
        const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
        return Array.from(data.filter((_, index) => index % 4 === 3)).reduce((sum, alpha) => sum + alpha / 255, 0);
      });
    await draw(stage.page, mouse(stage.page), [line]);
    const once = await alphas();
    await stage.page.click(".clear");
    await draw(stage.page, mouse(stage.page), [[...line, ...back, ...line]]);
    const often = await alphas();
    expect(once).toBeGreaterThan(1000);
    expect(Math.abs(often - once) / once).toBeLessThan(0.004);
  });
});

inEveryBrowser(
  (stage) => {
    test.each([SMALL_PHONE, PHONE])(
      "the pad is in the first window of a phone, with room to scroll beside it",
      async (phone) => {
        await stage.open(phone);
        await sampled(stage);
        const pad = await box(stage, ".pad");
        expect(pad.width).toBeGreaterThanOrEqual(240);
        expect(pad.bottom).toBeLessThanOrEqual(phone.height);
        expect((await box(stage, ".headline")).bottom).toBeLessThanOrEqual(phone.height);
        expect(phone.width - pad.right).toBeGreaterThanOrEqual(60);
        const scrolls = await stage.page.$eval(".rail", (rail) => getComputedStyle(rail).touchAction);
        expect(scrolls).toBe("auto");
        expect(await stage.overflow()).toBe(0);
        await stage.screenshot(`phone-${String(phone.width)}-sample`);
      },
    );

    test("who wants less motion finds the sample there at once", async () => {
      await asPage(stage.page).emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }]);
      await stage.open(DESKTOP);
      await stage.ready();
      await stage.nextFrame();
      await stage.nextFrame();
      expect((await stage.answer()).label).toBe("5");
      expect(await stage.page.evaluate(() => document.getAnimations().length)).toBe(0);
    });
  },
  { only: ["chromium"] },
);
