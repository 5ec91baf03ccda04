// The published page in real browsers: input, layout, what it downloads, and what it says when that fails.
import type { CDPSession } from "puppeteer-core";
import { expect, test } from "vitest";
import { DIGITS, draw, finger, mouse, type Digit, type Hand } from "./hand.ts";
import { boxOf, change, drawDigit, hold, openPage, says, textsOf } from "./panel.ts";
import { DESKTOP, inChromium, inEveryBrowser, manifestOf, PHONE, until } from "./scenario.ts";

/** @param pressure 0..1 */
function pen(session: CDPSession, pressure: number): Hand {
  let at = { x: 0, y: 0 };
  const send = async (type: "mousePressed" | "mouseMoved" | "mouseReleased", buttons: 0 | 1, x = at.x, y = at.y) => {
    at = { x, y };
    const button = type === "mouseMoved" && buttons === 0 ? "none" : "left";
    const held = { button, buttons, force: buttons * pressure, pointerType: "pen", clickCount: 1 } as const;
    await session.send("Input.dispatchMouseEvent", { type, ...at, ...held });
  };
  return {
    down: (x, y) => send("mouseMoved", 0, x, y).then(() => send("mousePressed", 1)),
    move: (x, y) => send("mouseMoved", 1, x, y),
    up: () => send("mouseReleased", 0),
  };
}

inEveryBrowser((stage) => {
  test("digits drawn with the mouse are recognized while they are drawn, and announced once it rests", async () => {
    await openPage(stage);
    for (const digit of Object.keys(DIGITS) as Digit[]) {
      let whileDrawing: Awaited<ReturnType<typeof stage.answer>> | undefined;
      await draw(stage.page, mouse(stage.page), DIGITS[digit], async () => {
        if (digit === "0") await says(stage, ".glyph", digit); // the first one waits for what tells whether to believe it
        whileDrawing = await stage.answer();
        if (digit === "0") await expect.poll(() => stage.text(".spoken")).toBe(""); // the first one: no other was announced
      });
      expect(whileDrawing?.label).toBe(digit);
      const { label, bars } = await stage.answer();
      expect(label).toBe(digit);
      expect(await textsOf(stage, ".winner .bar-label")).toEqual([digit]);
      expect(Math.abs(bars.reduce((sum, bar) => sum + (bar.percent ?? 0), 0) - 100)).toBeLessThan(0.6); // ten roundings to 0.1
      if (digit === "7") await says(stage, ".spoken", /^7, /);
      await stage.page.click(".clear");
    }
    expect(stage.seen.complaints).toEqual([]);
  });

  test("digits drawn with a finger are recognized, and nothing scrolls", async ({ skip }) => {
    if (stage.browser === "webkit") return skip("WebKitWebDriver hands touch to the page as events of a mouse");
    await openPage(stage, { viewport: PHONE });
    for (const digit of ["0", "1", "3", "7"] as const) {
      await draw(stage.page, finger(stage.page), DIGITS[digit]);
      await says(stage, ".glyph", digit);
      await stage.page.click(".clear");
    }
    expect(await stage.page.evaluate(() => scrollY)).toBe(0);
    expect(stage.seen.complaints).toEqual([]);
  });
});

inChromium((stage) => {
  test("every fact about the model is the manifest's, and all of it comes from one origin", async () => {
    const { manifest } = await manifestOf();
    expect(manifest.linear).toBe(true);
    await stage.open(PHONE);
    const title = "Draw a digit. See why a 7,850-number model reads it as it does.";
    const said = () =>
      stage.page.evaluate(() => ({
        title: document.title,
        heading: document.querySelector("h1")?.textContent.trim(),
        preview: document.querySelector<HTMLMetaElement>("meta[property='og:title']")?.content,
        picture: document.querySelector<HTMLMetaElement>("meta[property='og:image']")?.content,
      }));
    const expected = { title, heading: "7,850 numbers read your handwriting", preview: title, picture: "preview.png" };
    expect(await said()).toEqual(expected); // as published
    await stage.ready();
    expect(await said()).toEqual(expected); // as the script says it
    await expect.poll(() => stage.version()).toBe(manifest.version);
    await expect.poll(async () => (await stage.answer()).bars.map(({ label }) => label)).toEqual(manifest.labels);

    const picture = await stage.page.evaluate(async () => {
      const image = new Image();
      image.src = "preview.png";
      await image.decode();
      return [image.naturalWidth, image.naturalHeight];
    });
    expect(picture).toEqual([1200, 630]);
    await drawDigit(stage, "7");
    await stage.answer();
    // Firefox counts its own font for the marker of a summary, which is in no file.
    const others = stage.seen.requests.filter((url) => !url.startsWith(stage.host.url) && !url.startsWith("data:"));
    expect(others).toEqual([]);
    expect(stage.seen.complaints).toEqual([]);
  });

  test("a download that fails offers a retry; while the model is being loaded the page says so, and the pad works", async () => {
    change(stage, /^models.*manifest\.json$/, () => null);
    await stage.open(DESKTOP, "dark");
    await stage.page.waitForSelector(".retry", { visible: true });
    await expect.poll(() => stage.text(".failed-part p")).toContain("The model could not be loaded. ");
    await expect.poll(() => stage.text(".failed-part details p")).toContain("404");
    const release = hold(stage.host, /\.bin$/);
    await stage.page.click(".retry");
    await says(stage, ".status-text", /KB/);
    await draw(stage.page, mouse(stage.page), DIGITS["0"]);
    release();
    await stage.ready();
    await says(stage, ".glyph", "0");
  });

  test("an address that names an unknown model is not answered with another one; the choice is in the address", async () => {
    await stage.open(DESKTOP, "light", "?model=no-such-model");
    await stage.page.waitForSelector(".retry", { visible: true });
    await expect.poll(() => stage.text(".failed-part details p")).toContain("no-such-model");
    const { names } = await manifestOf();
    for (const name of names) {
      await stage.page.select(".picker select", name);
      const { manifest } = await manifestOf(name);
      await until(async () => (await stage.version()) === manifest.version);
      await stage.ready();
      expect(await stage.page.evaluate(() => new URLSearchParams(location.search).get("model"))).toBe(name);
      if (name === names[0]) await drawDigit(stage, "7");
      await says(stage, ".glyph", "7");
      await stage.page.reload();
      await stage.ready();
      await expect.poll(() => stage.version()).toBe(manifest.version);
    }
  });

  test("in a low window the answer is beside the pad, in sight", async () => {
    await openPage(stage);
    // Phones on their side, and what a zoom of 200 % leaves of a laptop’s window.
    for (const size of ["568 × 320", "667 × 375", "683 × 384", "740 × 360", "932 × 430", "640 × 450"]) {
      const [width, height] = size.split(" × ").map(Number) as [number, number];
      await stage.page.setViewport({ width, height });
      await stage.nextFrame();
      await stage.page.evaluate(() => {
        scrollBy(0, document.querySelector(".pad")!.getBoundingClientRect().top);
      });
      const [pad, headline] = [await boxOf(stage, ".pad"), await boxOf(stage, ".headline")];
      expect(headline.left, size).toBeGreaterThan(pad.right);
      expect(headline.bottom, size).toBeLessThan(height);
      expect(pad.bottom, size).toBeLessThanOrEqual(height);
      expect(pad.width, size).toBeGreaterThan(220);
      expect(await stage.overflow(), size).toBe(0);
    }

    // A very wide screen is used.
    await stage.page.setViewport({ width: 3840, height: 2160 });
    await stage.nextFrame();
    expect(await stage.overflow()).toBe(0);
    expect((await boxOf(stage, "body")).width).toBeGreaterThan(1500);
    const size = await stage.page.$eval("body", (body) => Number.parseFloat(getComputedStyle(body).fontSize));
    expect(size).toBeGreaterThan(20);
  });
});

// Only Chromium’s own protocol can do these: a pen with pressure, other sizes of type, a page without JavaScript.
inEveryBrowser(
  (stage) => {
    test("a pen that presses harder draws a bolder line", async () => {
      await openPage(stage);
      const session = await stage.page.createCDPSession();
      const inked = () =>
        stage.page.$eval(".pad-canvas", (element) => {
          const canvas = element as HTMLCanvasElement;
          const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
          return Array.from(data).filter((value, index) => index % 4 === 3 && value > 127).length;
        });
      await draw(stage.page, pen(session, 0.1), DIGITS["7"]);
      const light = await inked();
      await says(stage, ".glyph", "7");
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
        const session = await stage.page.createCDPSession();
        await session.send("Page.setFontSizes", { fontSizes: { standard, fixed: standard } });
        for (const width of widths) {
          await openPage(stage, { viewport: { width, height: 800 }, digit: "3" });
          await stage.answer();
          expect(await stage.overflow()).toBe(0);
          const isCut = await stage.page.$$eval(".bar-value", (values) =>
            values
              .map((value) => value.getBoundingClientRect())
              .some(({ left, right }) => left < 0 || right > innerWidth),
          );
          expect(isCut).toBe(false);
          expect((await boxOf(stage, ".pad")).width).toBeGreaterThan(width / 3);
        }
      },
    );

    test("without JavaScript the page says what is missing, and of each part its heading and its lead sentence", async () => {
      await stage.page.setJavaScriptEnabled(false);
      await stage.open(PHONE);
      await expect.poll(() => stage.text("noscript")).toContain("JavaScript");
      const heads = await stage.page.$$eval(
        ".stop > header",
        (all) => all.filter((head) => head.checkVisibility()).length,
      );
      expect(heads).toBe(6);
      const card = await stage.page.$eval("noscript a", (link) => link.href);
      const { manifest } = await manifestOf();
      expect(card).toBe(`${stage.host.url}models/${manifest.name}/${manifest.version}/README.md`);
    });
  },
  { only: ["chromium"] },
);
