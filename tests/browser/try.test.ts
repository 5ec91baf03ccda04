// “Try it” in embed.html, and how long that page is.
import { expect, test } from "vitest";
import { HIGHER, STYLE } from "../../web/src/page/use/snippets.ts";
import { deep, DESKTOP, inChromium, SMALLEST, until } from "./scenario.ts";

inChromium((stage) => {
  test("the code is that of the pad, which runs under the site's own policy; the knobs change both", async () => {
    await stage.visit({ query: "embed.html", viewport: DESKTOP });
    await stage.appears("#try pre");
    await stage.appears(deep(".buttons"));
    const code = () => stage.text("#try pre");
    const live = () =>
      stage.page.$eval("#try sketch-classifier", ({ attributes }) =>
        Object.fromEntries(Array.from(attributes, ({ name, value }) => [name, value])),
      );
    const agree = async (style: string) => {
      const [, tag = ""] = /<sketch-classifier\s([^>]*)>/.exec(await code()) ?? [];
      const shown = [...tag.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].map(([, name, value = ""]) => [
        name,
        value,
      ]);
      expect(Object.fromEntries(shown)).toEqual({ ...(await live()), style });
    };
    await agree(STYLE);
    await stage.page.click(".knobs [name=explain]");
    await stage.page.select(".knobs [name=theme]", "dark");
    await agree(HIGHER);
    expect(await live()).toMatchObject({ explain: "", theme: "dark" });
    await stage.page.select(".knobs [name=theme]", "");
    await agree(STYLE);
    expect(await code()).not.toContain("theme");
    expect(await stage.overflow()).toBe(0);
    expect(await stage.axeFindings()).toEqual([]);
  });

  test("on a phone it is at most eight windows high; other code than the first is there when asked for", async () => {
    for (const lang of ["en", "de"]) {
      await stage.visit({
        query: `embed.html?lang=${lang}`,
        viewport: { ...SMALLEST, width: 360, height: 740 },
      });
      await stage.panel("try");
      await stage.panel("use");
      await stage.appears("#use .file-list");
      expect(
        await stage.page.$eval("html", (html) => html.scrollHeight / innerHeight),
      ).toBeLessThanOrEqual(8);
    }
    await stage.page.click(".fold:nth-last-of-type(1) summary");
    await until(() => stage.isShown(".fold:nth-last-of-type(1) pre"));
    expect(await stage.overflow()).toBe(0);
  });
});
