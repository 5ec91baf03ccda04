// The published page in real browsers: input, layout, what it downloads, and what it says when that
// fails.
import type { CDPSession } from "puppeteer-core";
import { expect, test } from "vitest";
import {
  type Hand,
  inChromium,
  inChromiumAlone,
  inEveryBrowser,
  manifestOf,
  mouse,
  number,
  PHONE,
} from "./scenario.ts";

/** @param pressure 0..1 */
function pen(session: CDPSession, pressure: number): Hand {
  let at = { x: 0, y: 0 };
  const send = async (
    type: "mousePressed" | "mouseMoved" | "mouseReleased",
    buttons: 0 | 1,
    x = at.x,
    y = at.y,
  ) => {
    at = { x, y };
    const button = type === "mouseMoved" && buttons === 0 ? "none" : "left";
    const held = {
      button,
      buttons,
      force: buttons * pressure,
      pointerType: "pen",
      clickCount: 1,
    } as const;
    await session.send("Input.dispatchMouseEvent", { type, ...at, ...held });
  };
  return {
    touchStart: (x, y) => send("mouseMoved", 0, x, y).then(() => send("mousePressed", 1)),
    touchMove: (x, y) => send("mouseMoved", 1, x, y),
    touchEnd: () => send("mouseReleased", 0),
  };
}

inEveryBrowser((stage) => {
  test("digits drawn with the mouse are recognized while they are drawn, and announced once it rests", async () => {
    await stage.open();
    const hand = mouse(stage.page);
    for (const digit of ["0", "1", "2", "3", "4", "6", "7"] as const) {
      const touchEnd = async () => {
        // the first one waits for what tells whether to believe it
        if (digit === "0") await stage.says(".glyph", digit);
        await stage.nextFrame();
        whileDrawing = await stage.text(".glyph");
        if (digit === "0") await stage.says(".spoken", ""); // the first one: no other was announced
        await hand.touchEnd();
      };
      let whileDrawing = "";
      await stage.draw(digit, undefined, { ...hand, touchEnd });
      expect(whileDrawing).toBe(digit);
      await stage.says(".glyph", digit);
      expect(await stage.texts(".winner .bar-label")).toEqual([digit]);
      const percents = (await stage.texts(".bar-value")).map((text) => number(text || "0"));
      // ten roundings to 0.1
      expect(Math.abs(percents.reduce((a, b) => a + b) - 100)).toBeLessThan(0.6);
      if (digit === "7") await stage.says(".spoken", /^7, /);
      await stage.page.click(".clear");
    }
  });

  test("digits drawn with a finger are recognized, and nothing scrolls", async ({ skip }) => {
    if (stage.browser === "webkit")
      return skip("WebKitWebDriver hands touch to the page as events of a mouse");
    await stage.open({ viewport: PHONE });
    for (const digit of ["0", "1", "3", "7"] as const) {
      await stage.draw(digit, undefined, stage.page.touchscreen);
      await stage.says(".glyph", digit);
      await stage.page.click(".clear");
    }
    expect(await stage.page.evaluate(() => scrollY)).toBe(0);
  });
});

inChromium((stage) => {
  test("every fact about the model is the manifest's, and all of it comes from one origin", async () => {
    const manifest = manifestOf();
    expect(manifest.linear).toBe(true);
    await stage.visit({ viewport: PHONE });
    const title = "Draw a digit. See how 7,850 numbers read it.";
    const said = () =>
      stage.page.evaluate(() => ({
        title: document.title,
        heading: document.querySelector("h1")?.textContent.trim(),
        preview: document.querySelector<HTMLMetaElement>("meta[property='og:title']")?.content,
        picture: document.querySelector<HTMLMetaElement>("meta[property='og:image']")?.content,
      }));
    const expected = {
      title,
      heading: "7,850 numbers read your handwriting",
      preview: title,
      picture: "preview.png",
    };
    expect(await said()).toEqual(expected); // as published
    await stage.ready();
    expect(await said()).toEqual(expected); // as the script says it
    await stage.appears(`html[data-version="${manifest.version}"]`);
    await expect.poll(() => stage.texts(".bar-label")).toEqual(manifest.labels);

    const picture = await stage.page.evaluate(async () => {
      const image = new Image();
      image.src = "preview.png";
      await image.decode();
      return [image.naturalWidth, image.naturalHeight];
    });
    expect(picture).toEqual([1200, 630]);
    await stage.drawDigit("7");
    // Firefox counts its own font for the marker of a summary, which is in no file.
    const others = stage.seen.requests.filter(
      (url) => !url.startsWith(stage.host.url) && !url.startsWith("data:"),
    );
    expect(others).toEqual([]);
  });

  test("a download that fails offers a retry; while the model is being loaded the page says so, and the pad works", async () => {
    stage.mayComplain = /404/;
    stage.host.change(/^models.*manifest\.json$/, () => null);
    await stage.visit({ isDark: true });
    await stage.shows(".retry");
    await expect
      .poll(() => stage.text(".failed-part p"))
      .toContain("The model could not be loaded. ");
    await expect.poll(() => stage.text(".failed-part details p")).toContain("404");
    const release = stage.host.hold(/\.bin$/);
    await stage.page.click(".retry");
    await stage.says(".status-text", /KB/);
    await stage.draw("0");
    release();
    await stage.ready();
    await stage.says(".glyph", "0");
  });

  test("an address that names an unknown model is not answered with another one; the choice is in the address", async () => {
    await stage.visit({ query: "?model=no-such-model" });
    await stage.shows(".retry");
    await expect.poll(() => stage.text(".failed-part details p")).toContain("no-such-model");
    for (const name of ["mnist-softmax", "mnist-plain"]) {
      await stage.page.select(".picker select", name);
      const manifest = manifestOf(name);
      await stage.appears(`html[data-version="${manifest.version}"]`);
      await stage.ready();
      expect(
        await stage.page.evaluate(() => new URLSearchParams(location.search).get("model")),
      ).toBe(name);
      if (name === "mnist-softmax") await stage.drawDigit("7");
      await stage.says(".glyph", "7");
      await stage.reload();
      await stage.appears(`html[data-version="${manifest.version}"]`);
    }
  });

  test("in a low window the answer is beside the pad, in sight", async () => {
    await stage.open();
    // Phones on their side, and what a zoom of 200 % leaves of a laptop’s window.
    for (const size of [
      "568 × 320",
      "667 × 375",
      "683 × 384",
      "740 × 360",
      "932 × 430",
      "640 × 450",
    ]) {
      const [width, height] = size.split(" × ").map(Number) as [number, number];
      await stage.page.setViewport({ width, height });
      await stage.nextFrame();
      await stage.page.evaluate(() => {
        scrollBy(0, document.querySelector(".pad")!.getBoundingClientRect().top);
      });
      const [pad, headline] = [await stage.boxOf(".pad"), await stage.boxOf(".headline")];
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
    expect((await stage.boxOf("body")).width).toBeGreaterThan(1500);
    const size = await stage.page.$eval("body", (body) =>
      Number.parseFloat(getComputedStyle(body).fontSize),
    );
    expect(size).toBeGreaterThan(20);
  });
});

// Only Chromium’s own protocol can do these: a pen with pressure, other sizes of type, a page
// without JavaScript.
inChromiumAlone((stage) => {
  test("a pen that presses harder draws a bolder line", async () => {
    stage.mayComplain = /willReadFrequently/; // of the test itself, which reads canvases back
    await stage.open();
    const session = await stage.page.createCDPSession();
    const inked = () =>
      stage.page.$eval(".pad-canvas", (element) => {
        const canvas = element as HTMLCanvasElement;
        const { data } = canvas
          .getContext("2d")
          ?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
        return Array.from(data).filter((value, index) => index % 4 === 3 && value > 127).length;
      });
    await stage.draw("7", undefined, pen(session, 0.1));
    const light = await inked();
    await stage.says(".glyph", "7");
    await stage.page.click(".clear");
    await stage.draw("7", undefined, pen(session, 0.9));
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
        await stage.open({ viewport: { width, height: 800 }, digit: "3" });
        await stage.nextFrame();
        expect(await stage.overflow()).toBe(0);
        const isCut = await stage.page.$$eval(".bar-value", (values) =>
          values
            .map((value) => value.getBoundingClientRect())
            .some(({ left, right }) => left < 0 || right > innerWidth),
        );
        expect(isCut).toBe(false);
        expect((await stage.boxOf(".pad")).width).toBeGreaterThan(width / 3);
      }
    },
  );

  test("without JavaScript the page says what is missing, and of each part its heading and its lead sentence", async () => {
    stage.mayComplain = /^failed: .*\.js$/; // it is asked for ahead, and does not run
    await stage.page.setJavaScriptEnabled(false);
    await stage.visit({ viewport: PHONE });
    await expect.poll(() => stage.text("noscript")).toContain("JavaScript");
    const heads = await stage.page.$$eval(
      ".stop > header",
      (all) => all.filter((head) => head.checkVisibility()).length,
    );
    expect(heads).toBe(6);
    const card = await stage.page.$eval("noscript a", (link) => link.href);
    const manifest = manifestOf();
    expect(card).toBe(`${stage.host.url}models/${manifest.name}/${manifest.version}/README.md`);
  });
});
