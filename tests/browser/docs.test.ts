// embed.html, the page that documents the element, in every browser: it runs what it shows.
import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PARTS } from "../../web/src/embed/describe.ts";
import { drawIn } from "./blog.ts";
import { inEveryBrowser } from "./scenario.ts";
import { serve } from "./server.ts";
import { makeSite } from "./site.ts";

let site: string;
beforeAll(async () => {
  site = await makeSite();
});
afterAll(() => rm(site, { recursive: true }));

inEveryBrowser(
  (stage) => {
    test("all its examples run under the site's own policy, and each snippet is the example", async () => {
      const { page } = stage;
      await page.setViewport({ width: 800, height: 900 });
      await page.goto(`${stage.host.url}embed.html`);
      await page.waitForSelector("pre");
      await page.waitForFunction(() => {
        const all = [...document.querySelectorAll("sketch-classifier")];
        const waiting = all.find(({ model }) => !model);
        waiting?.scrollIntoView({ behavior: "instant" });
        return !waiting;
      });
      const examples = await page.evaluate(() =>
        [...document.querySelectorAll(".example")].map((section) => {
          const template = document.createElement("template");
          template.innerHTML = section.querySelector("pre")!.textContent;
          const shown = template.content.querySelector("sketch-classifier")!;
          return [shown, section.querySelector("sketch-classifier")!].map((element) =>
            Object.fromEntries(Array.from(element.attributes, ({ name, value }) => [name, value])),
          );
        }),
      );
      expect(examples.length).toBeGreaterThan(3);
      for (const [shown, live] of examples) expect(shown).toEqual(live);
      await drawIn(
        page,
        await page.evaluate(() => {
          const canvas = document.querySelector("#pad")!.shadowRoot!.querySelector(".canvas")!;
          canvas.scrollIntoView({ block: "center", behavior: "instant" });
          const { x, y, width, height } = canvas.getBoundingClientRect();
          return { x, y, width, height };
        }),
      );
      await page.waitForFunction(() => {
        const { prediction } = document.querySelector<HTMLElementTagNameMap["sketch-classifier"]>("#pad")!;
        const { value } = document.querySelector<HTMLOutputElement>("#answer")!;
        return prediction && value.startsWith(prediction.label);
      });
      expect(await page.$eval("#answer", (answer) => (answer as HTMLOutputElement).value)).toMatch(
        /^\d, logits( -?\d+\.\d){10}$/,
      );
      expect(stage.seen.complaints).toEqual([]);
      const terms = await page.$$eval("th", (rows) => rows.map((row) => row.innerText));
      expect(terms).toEqual(expect.arrayContaining(Object.keys(PARTS)));
      // The rest of its code is that of the panel “Use it”, which hosts-snippets.test.ts plays.
      const empty = await page.$$eval("[data-snippet]", (holders) =>
        holders
          .filter((holder) => !holder.querySelector("code")?.textContent)
          .map((holder) => (holder as HTMLElement).dataset["snippet"]),
      );
      expect(empty).toEqual([]);
      const codes = await page.$$eval("[data-snippet] code", (all) => all.map(({ textContent }) => textContent));
      const integrity = await readFile(join(site, "integrity.json"), "utf8");
      const modules = Object.values(JSON.parse(integrity) as Record<string, Record<string, string>>);
      for (const { path = "", integrity = "" } of modules) {
        const content = await readFile(join(site, path));
        const hash = createHash("sha384").update(content).digest("base64");
        expect(integrity).toBe(`sha384-${hash}`);
        const named = codes.filter((code) => code.includes(path));
        expect(named.length).toBeGreaterThan(0);
        for (const code of named) expect(code).toContain(integrity);
      }
    });

    test("the knobs change the pad and the code below it, and every link of the contents leads somewhere", async () => {
      const { page } = stage;
      await page.setViewport({ width: 1280, height: 900 });
      await page.goto(`${stage.host.url}embed.html`);
      await page.waitForSelector("#try pre");
      await page.click(".knobs [name=explain]");
      await page.select(".knobs [name=theme]", "dark");
      await page.select(".knobs [name=width]", "240");
      const code = () => page.$eval("#try pre", (pre) => pre.textContent);
      for (const attribute of ["explain", 'theme="dark"', 'style="width: 240px;"']) {
        expect(await code()).toContain(`\n  ${attribute}`);
      }
      expect(await page.$eval("#try sketch-classifier", (pad) => pad.getBoundingClientRect().width)).toBe(240);
      await page.select(".knobs [name=theme]", "");
      await page.select(".knobs [name=width]", "");
      expect(await code()).not.toMatch(/theme|style/);
      const lost = await page.$$eval(".contents a", (links) =>
        links.map((link) => link.getAttribute("href")!).filter((href) => document.querySelector(href) === null),
      );
      expect(lost).toEqual([]);
      expect(await stage.overflow()).toBe(0);
      expect(await stage.axeFindings()).toEqual([]);
      expect(stage.seen.complaints).toEqual([]);
    });
  },
  { hosts: async () => [await serve(site)] },
);
