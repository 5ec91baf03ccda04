// States that people meet: a part that does not arrive, an old browser, forced colours, less
// motion, a very wide screen.
import { expect, test } from "vitest";
import { inChromium, inChromiumAlone, inEveryBrowser, PHONE, until } from "./scenario.ts";

inEveryBrowser((stage) => {
  test("a panel whose code does not arrive says so, and trying again mends it", async () => {
    stage.mayComplain = /./; // each browser says in its own words what it cannot fetch
    stage.host.change(/assets\/quality-.+\.js/, () => {
      throw new Error("broken off");
    });
    await stage.visit({ query: "quality.html", viewport: PHONE });
    await stage.shows("#quality .retry");
    expect(await stage.axeFindings("#quality")).toEqual([]);
    stage.host.change();
    // WebKit remembers the failure beyond a reload, until the service worker answers in the
    // network's place.
    const mended = async () => {
      if (await stage.page.$("#quality .retry")) await stage.page.click("#quality .retry");
      return stage.page.$("#quality .frequent");
    };
    await until(mended); // a reload ends whatever is asked of the page
    expect(await stage.page.$("#quality .retry")).toBeNull();
  });
});

inChromium((stage) => {
  test("where the script does not run the page says what that may mean", async () => {
    stage.mayComplain = /integrity/; // such a script has another hash, too
    stage.host.change(/\.js$/, () => Buffer.from("not = a = script }"));
    await stage.visit({ viewport: PHONE });
    await expect.poll(() => stage.text(".status-text")).toContain("the browser is too old");
    expect((await stage.boxOf(".status-text")).height).toBeGreaterThan(0);
  });
});

// Only Chromium’s protocol can pretend forced colours and a wish for rest.
inChromiumAlone((stage) => {
  const style = (selector: string, property: "backgroundColor" | "borderTopWidth") =>
    stage.page.$$eval(
      selector,
      (all, property) => all.map((element) => getComputedStyle(element)[property]),
      property,
    );

  test("in forced colours the answer, counts of mistakes and frequent ones look like what they are", async () => {
    const session = await stage.page.createCDPSession();
    await session.send("Emulation.setEmulatedMedia", {
      features: [{ name: "forced-colors", value: "active" }],
    });
    await stage.open({ digit: "3" });
    await stage.nextFrame();
    expect(await style(".winner .bar-fill", "backgroundColor")).not.toEqual(
      await style("body", "backgroundColor"),
    );
    await expect.poll(() => stage.colours(".pad-canvas")).toBeGreaterThan(1);
    expect(await stage.axeFindings()).toEqual([]);
    await stage.open({ query: "quality.html" });
    await stage.appears(".matrix td");
    const frames = (await style(".matrix .mix-up", "borderTopWidth")).map(Number.parseFloat);
    expect(Math.min(...frames)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...frames)).toBeGreaterThanOrEqual(3);
    expect(new Set(await style(".matrix .none", "borderTopWidth"))).toEqual(new Set(["0px"]));
  });

  test("for those who want rest nothing moves or falls, the sample is there at once, and steps come one by one", async () => {
    await stage.page.emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }]);
    await stage.open();
    const moving = () => stage.page.evaluate(() => document.getAnimations().map(({ id }) => id));
    await stage.nextFrame();
    await stage.nextFrame();
    await stage.says(".glyph", "3");
    await expect.poll(() => moving()).toEqual([]);
    await stage.drawDigit("3");
    await stage.press("li:nth-child(6) .bar");
    await expect.poll(() => moving()).toEqual([]);

    await stage.panel("votes");
    await stage.placeOf(".total");
    await expect.poll(() => stage.isShown(".total .action")).toBe(false);
    const poster = await stage.pixels(".fall");
    await new Promise((done) => setTimeout(done, 500)); // a fifth of the fall
    expect(await stage.pixels(".fall")).toBe(poster);

    await stage.panel("learning");
    await stage.says(".learning-curve .high");
    await stage.page.evaluate(() => {
      const seen = new MutationObserver((changes) => {
        document.body.dataset["drawn"] = String(
          Number(document.body.dataset["drawn"] ?? 0) + changes.length,
        );
      });
      seen.observe(document.querySelector(".learning-curve .line")!, { attributes: true });
    });
    await stage.press(".learning-train .primary");
    await stage.says(".learning-told", /^Yours gets/);
    // when it is done
    await expect.poll(() => stage.page.evaluate(() => document.body.dataset["drawn"])).toBe("1");
  });
});
