// embed.html, the page that documents the element: it runs what it shows.
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { expect, test } from "vitest";
import { FOLDER } from "../../web/src/docs/examples.ts";
import { PARTS } from "../../web/src/embed/describe.ts";
import { HIGHER, STYLE } from "../../web/src/page/use/snippets.ts";
import { DESKTOP, inChromium } from "./scenario.ts";

inChromium((stage) => {
  test("all its examples run under the site's own policy; each snippet is the example, in colours; the knobs change it", async () => {
    const { page } = stage;
    await page.setViewport(DESKTOP);
    await page.goto(`${stage.host.url}embed.html`);
    await stage.appears("#try pre");
    await stage.until(() => {
      const all = [...document.querySelectorAll("sketch-classifier")];
      const waiting = all.find(({ model }) => !model);
      waiting?.scrollIntoView({ behavior: "instant" });
      return !waiting;
    });
    const examples = await page.$$eval(".example", (all) =>
      all.map((section) => {
        const attributes = section.querySelector("sketch-classifier")?.attributes ?? [];
        const live = Array.from(attributes, ({ name, value }) => [name, value] as const);
        return { code: section.querySelector("pre")!.textContent, live };
      }),
    );
    expect(examples.length).toBeGreaterThan(3);
    for (const { code, live } of examples) {
      const [, tag] = /<sketch-classifier\s([^>]*)>/.exec(code) ?? []; // else a script makes it
      const shown = [...(tag ?? "").matchAll(/([\w-]+)(?:=(["'])([^]*?)\2)?/g)];
      if (tag)
        expect(Object.fromEntries(shown.map(([, name, , value = ""]) => [name, value]))).toEqual(
          Object.fromEntries(live.map(([name, value]) => [name, name === "style" ? STYLE : value])),
        );
    }
    const terms = await page.$$eval("th", (rows) => rows.map((row) => row.innerText));
    expect(terms).toEqual(expect.arrayContaining(Object.keys(PARTS)));
    const all = await page.$$eval(".example pre code, .manual pre code", (all) =>
      all.map((code) => ({ text: code.textContent, colours: code.querySelectorAll("[class^=hljs]").length })),
    );
    expect(all.filter(({ colours }) => colours < 2)).toEqual([]);
    const texts = all.map(({ text }) => text);
    for (const path of await readdir(FOLDER, { recursive: true })) {
      if (extname(path) === "") continue; // a folder
      const code = await readFile(join(FOLDER, path), "utf8");
      expect(texts).toContain(code.trim().replaceAll("https://example.org/site/", stage.host.url));
    }

    await page.click(".knobs [name=explain]");
    await page.select(".knobs [name=theme]", "dark");
    const code = () => page.$eval("#try pre", (pre) => pre.textContent);
    for (const attribute of ["explain", 'theme="dark"', `style="${HIGHER}"`]) {
      await expect.poll(() => code()).toContain(`\n  ${attribute}`);
    }
    await page.select(".knobs [name=theme]", "");
    await expect.poll(() => code()).not.toContain("theme");
    const lost = await page.$$eval(".contents a", (links) =>
      links.map((link) => link.getAttribute("href")!).filter((href) => document.querySelector(href) === null),
    );
    expect(lost).toEqual([]);
    expect(await stage.overflow()).toBe(0);
    expect(await stage.axeFindings()).toEqual([]);
  });
});
