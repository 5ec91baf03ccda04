// States that people meet: a part that does not arrive, an old browser, forced colours, less motion, a very wide screen.
import { expect, test } from "vitest";
import { untouched } from "./server.ts";
import { boxOf, change, drawDigit, isShown, middleOf, openPage, pixelsOf, press, says } from "./panel.ts";
import { inChromium, inEveryBrowser, PHONE, until } from "./scenario.ts";

inEveryBrowser((stage) => {
  test("a panel whose code does not arrive says so, and trying again mends it", async () => {
    change(stage, /assets\/quality-.+\.js/, () => {
      throw new Error("broken off");
    });
    await stage.open(PHONE, "light", "quality.html");
    await stage.page.waitForSelector("#quality .retry", { visible: true });
    expect(await stage.axeFindings("#quality")).toEqual([]);
    stage.host.tamper = untouched;
    // WebKit remembers the failure beyond a reload, until the service worker answers in the network's place.
    const mended = async () => {
      if (await stage.page.$("#quality .retry")) await stage.page.click("#quality .retry");
      return stage.page.$("#quality .curve-chart");
    };
    await until(() => mended().catch(() => null)); // a reload ends whatever is asked of the page
    expect(await stage.page.$("#quality .retry")).toBeNull();
  });
});

inChromium((stage) => {
  test("where the script does not run the page says what that may mean", async () => {
    change(stage, /\.js$/, () => Buffer.from("not = a = script }"));
    await stage.open(PHONE);
    await expect.poll(() => stage.text(".status-text")).toContain("current browser");
    expect((await boxOf(stage, ".status-text")).height).toBeGreaterThan(0);
  });
});

// Only Chromium’s protocol can pretend forced colours and a wish for rest.
inEveryBrowser(
  (stage) => {
    const style = (selector: string, property: "backgroundColor" | "borderTopWidth") =>
      stage.page.$$eval(
        selector,
        (all, property) => all.map((element) => getComputedStyle(element)[property]),
        property,
      );

    test("in forced colours the answer, counts of mistakes and frequent ones look like what they are", async () => {
      const session = await stage.page.createCDPSession();
      await session.send("Emulation.setEmulatedMedia", { features: [{ name: "forced-colors", value: "active" }] });
      await openPage(stage, { digit: "3" });
      await stage.nextFrame();
      expect(await style(".winner .bar-fill", "backgroundColor")).not.toEqual(await style("body", "backgroundColor"));
      await expect.poll(() => stage.colours(".pad-canvas")).toBeGreaterThan(1);
      expect(await stage.axeFindings()).toEqual([]);
      await openPage(stage, { query: "quality.html" });
      await stage.page.waitForSelector(".matrix td");
      const frames = (await style(".matrix .mix-up", "borderTopWidth")).map(Number.parseFloat);
      expect(Math.min(...frames)).toBeGreaterThanOrEqual(1);
      expect(Math.max(...frames)).toBeGreaterThanOrEqual(3);
      expect(new Set(await style(".matrix .none", "borderTopWidth"))).toEqual(new Set(["0px"]));
    });

    test("for those who want rest nothing moves or falls, the sample is there at once, and steps come one by one", async () => {
      await stage.page.emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }]);
      await openPage(stage);
      const moving = () => stage.page.evaluate(() => document.getAnimations().map(({ id }) => id));
      await stage.nextFrame();
      await stage.nextFrame();
      await says(stage, ".glyph", "5");
      await expect.poll(() => moving()).toEqual([]);
      await drawDigit(stage, "3");
      await press(stage, "li:nth-child(6) .bar");
      await expect.poll(() => moving()).toEqual([]);

      await stage.panel("votes");
      await middleOf(stage, ".total");
      await expect.poll(() => isShown(stage, ".total .action")).toBe(false);
      const poster = await pixelsOf(stage, ".fall");
      await new Promise((done) => setTimeout(done, 500)); // a fifth of the fall
      expect(await pixelsOf(stage, ".fall")).toBe(poster);

      await stage.panel("learning");
      await says(stage, ".learning-curve .high");
      await stage.page.evaluate(() => {
        const seen = new MutationObserver((changes) => {
          document.body.dataset["drawn"] = String(Number(document.body.dataset["drawn"] ?? 0) + changes.length);
        });
        seen.observe(document.querySelector(".learning-curve .line")!, { attributes: true });
      });
      await press(stage, ".learning-train .primary");
      await says(stage, ".learning-told", /^It now gets/);
      await expect.poll(() => stage.page.evaluate(() => document.body.dataset["drawn"])).toBe("1"); // when it is done
    });
  },
  { only: ["chromium"] },
);
