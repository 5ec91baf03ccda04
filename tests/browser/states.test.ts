// States that people meet: a part that does not arrive, an old browser, paper, forced colours, a very wide screen.
import { expect, test } from "vitest";
import { BROKEN } from "./server.ts";
import { inEveryBrowser, PHONE } from "./scenario.ts";

inEveryBrowser((stage) => {
  test("a panel whose code does not arrive says so, and trying again mends it", async () => {
    stage.host.tamper = (path, body) =>
      /assets\/quality-.+\.js/.test(path) ? BROKEN : body;
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
    await stage.page.waitForFunction(
      () => document.querySelector("#quality .retry") === null,
    );
    await stage.ready();
    if (stage.browser.name === "webkit") {
      // It remembers the failure beyond a reload, until the service worker answers in the network's place.
      await stage.page.waitForFunction(
        () => navigator.serviceWorker.controller?.state === "activated",
      );
      await stage.page.reload();
      await stage.ready();
    }
    await toPanel();
    await stage.page.waitForSelector("#quality h2");
    expect(await stage.page.$("#quality .retry")).toBeNull();
  });

  test("where the script does not run the page says what that may mean", async () => {
    stage.host.tamper = (path, body) =>
      path.endsWith(".js") ? Buffer.from("not = a = script }") : body;
    await stage.open(PHONE);
    expect(await stage.text(".status-text")).toContain("current browser");
    const box = await (await stage.page.$(".status-text"))?.boundingBox();
    expect(box?.height).toBeGreaterThan(0);
  });
});
