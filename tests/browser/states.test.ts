// States that people meet: a part that does not arrive, an old browser, forced colours, less motion, a very wide screen.
import { expect, test } from "vitest";
import { untouched } from "./server.ts";
import { boxOf, change, drawDigit, isShown, middleOf, openPage, press, says } from "./panel.ts";
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
      await stage.page.waitForSelector(".matrix button");
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

      await stage.panel("why");
      await middleOf(stage, ".ledger");
      await expect.poll(() => isShown(stage, ".fall-again")).toBe(false);
      await stage.page.evaluate(() => {
        const seen = new MutationObserver(() => {
          if (document.querySelector(".falling")) document.body.dataset["fell"] = "yes";
        });
        seen.observe(document.body, { subtree: true, attributes: true });
      });
      await stage.page.click(".reason .choice:nth-child(6)");
      await new Promise((done) => setTimeout(done, 1500)); // twice the rest after which they would fall
      expect(await stage.page.evaluate(() => document.body.dataset["fell"])).toBeUndefined();

      await stage.panel("weights");
      await expect.poll(() => stage.text(".play")).toBe("Next");
      await press(stage, ".play");
      await says(stage, ".epoch-facts dd", "untrained");
      await new Promise((done) => setTimeout(done, 1000)); // more than two steps, were it playing
      await says(stage, ".epoch-facts dd", "untrained");
      await press(stage, ".play");
      await says(stage, ".epoch-facts dd", "epoch 1");
    });
  },
  { only: ["chromium"] },
);
