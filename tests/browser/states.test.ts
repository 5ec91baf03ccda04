// States that people meet: a part that does not arrive, an old browser, forced colours, a very wide screen.
import { expect, test } from "vitest";
import { asPage } from "./browser.ts";
import { DIGITS, draw, mouse } from "./hand.ts";
import { BROKEN } from "./server.ts";
import { DESKTOP, inEveryBrowser, manifestOf, PHONE } from "./scenario.ts";

declare global {
  /** How often a canvas was painted that the page shows, and one that it does not. */
  var painted: Record<"shown" | "gone", number>;
}

inEveryBrowser((stage) => {
  test("a panel whose code does not arrive says so, and trying again mends it", async () => {
    stage.host.tamper = (path, body) => (/assets\/quality-.+\.js/.test(path) ? BROKEN : body);
    await stage.open(PHONE);
    await stage.ready();
    const toPanel = () =>
      stage.page.$eval("#quality", (section) => {
        section.scrollIntoView();
      });
    await toPanel();
    await stage.page.waitForSelector("#quality .retry", { visible: true });
    expect(await stage.axeFindings()).toEqual([]);
    stage.host.tamper = (_, body) => body;
    await stage.page.click("#quality .retry");
    await stage.page.waitForFunction(() => document.querySelector("#quality .retry") === null);
    await stage.ready();
    if (stage.browser.name === "webkit") {
      // It remembers the failure beyond a reload, until the service worker answers in the network's place.
      await stage.page.waitForFunction(() => navigator.serviceWorker.controller?.state === "activated");
      await stage.page.reload();
      await stage.ready();
    }
    await toPanel();
    await stage.page.waitForSelector("#quality h2");
    expect(await stage.page.$("#quality .retry")).toBeNull();
  });

  test("where the script does not run the page says what that may mean", async () => {
    stage.host.tamper = (path, body) => (path.endsWith(".js") ? Buffer.from("not = a = script }") : body);
    await stage.open(PHONE);
    expect(await stage.text(".status-text")).toContain("current browser");
    const box = await (await stage.page.$(".status-text"))?.boundingBox();
    expect(box?.height).toBeGreaterThan(0);
  });

  test("a very wide screen is used, and nothing scrolls sideways", async () => {
    await stage.open({ width: 3840, height: 2160 });
    await stage.ready();
    const { overflow, width, size } = await stage.page.evaluate(() => ({
      overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      width: document.body.getBoundingClientRect().width,
      size: Number.parseFloat(getComputedStyle(document.body).fontSize),
    }));
    expect(overflow).toBe(0);
    expect(width).toBeGreaterThan(1500);
    expect(size).toBeGreaterThan(20);
  });
});

// Only Chromium’s protocol can pretend forced colours and a wish for rest.
inEveryBrowser(
  (stage) => {
    const background = (selector: string) =>
      stage.page.$eval(selector, (element) => getComputedStyle(element).backgroundColor);

    test("in forced colours the answer still stands out", async () => {
      const session = await asPage(stage.page).createCDPSession();
      await session.send("Emulation.setEmulatedMedia", {
        features: [{ name: "forced-colors", value: "active" }],
      });
      await stage.open(DESKTOP);
      await stage.ready();
      await draw(stage.page, mouse(stage.page), DIGITS["3"]);
      await stage.nextFrame();
      const [fill, paper] = [await background(".winner .bar-fill"), await background("body")];
      expect(fill).not.toBe(paper);
      expect(await stage.colours(".pad-canvas")).toBeGreaterThan(1);
      expect(await stage.axeFindings()).toEqual([]);
      await stage.screenshot("forced-colours", true);
    });

    test("when the theme changes, pictures take its colours; those of a model that is gone are let be", async () => {
      const page = asPage(stage.page);
      await stage.open(DESKTOP);
      await stage.ready();
      await page.$eval("#quality", (section) => {
        section.scrollIntoView();
      });
      await page.waitForSelector(".frequent button");
      await page.click(".frequent button");
      await page.waitForSelector(".mistake canvas");
      await stage.panel("weights");
      await stage.panel("quality");
      const shades = () =>
        page.evaluate(() =>
          [".mistake canvas", ".template canvas", ".legend-scale"].map((selector) => {
            const canvas = document.querySelector<HTMLCanvasElement>(selector)!;
            const { width } = canvas;
            const { data } = canvas.getContext("2d")!.getImageData(selector.startsWith(".l") ? width >> 1 : 0, 0, 1, 1);
            return data[0]! < 128 ? "dark" : "light";
          }),
        );
      expect(await shades()).toEqual(["light", "light", "light"]);
      const dark = { name: "prefers-color-scheme", value: "dark" };
      await page.emulateMediaFeatures([dark]);
      await expect.poll(shades).toEqual(["dark", "dark", "dark"]);

      const { names } = await manifestOf();
      await page.select(".picker select", names[1]!);
      await page.waitForFunction(
        () =>
          document.querySelector(".bar") !== null &&
          document.querySelector(".mistake") === null &&
          document.querySelector(".frequent button") !== null,
      );
      const painted = await page.evaluate(() => {
        const count = { shown: 0, gone: 0 };
        const { prototype } = CanvasRenderingContext2D;
        const put = Reflect.get(prototype, "putImageData") as () => void;
        prototype.putImageData = function (...image: unknown[]) {
          count[this.canvas.isConnected ? "shown" : "gone"] += 1;
          Reflect.apply(put, this, image);
        };
        globalThis.painted = count;
        return count;
      });
      expect(painted).toEqual({ shown: 0, gone: 0 });
      await page.emulateMediaFeatures([{ ...dark, value: "light" }]);
      await page.waitForFunction(() => globalThis.painted.shown > 10);
      await stage.nextFrame();
      expect(await page.evaluate(() => globalThis.painted.gone)).toBe(0);
    });

    test("nothing moves for those who want rest", async () => {
      await asPage(stage.page).emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }]);
      await stage.open(PHONE);
      await stage.ready();
      await draw(stage.page, mouse(stage.page), DIGITS["3"]);
      await stage.page.click("li:nth-child(6) .bar");
      const moving = await stage.page.evaluate(() => document.getAnimations().map(({ id }) => id));
      expect(moving).toEqual([]);
    });
  },
  { only: ["chromium"] },
);
