// <sketch-classifier> in every browser: in whose words it speaks.
import { describe, expect, test } from "vitest";
import { onABlog } from "./blog.ts";

onABlog((blog) => {
  describe("words", () => {
    test("come from texts, labels, alt and slots, and numbers follow the language", async () => {
      const texts = JSON.stringify({
        clear: "Löschen",
        answers: "Wahrscheinlichkeiten",
        answer: "{label} mit {percent}",
      });
      const labels = "null,eins,zwei,drei,vier,fünf,sechs,sieben,acht,neun";
      await blog.open(blog.element(`texts='${texts}' labels="${labels}" alt="Ziffern"`, '<b slot="undo">Zurück</b>'), {
        html: 'lang="de"',
      });
      await blog.ready();
      await blog.draw();
      await blog.predicted();
      expect(await blog.text(".buttons")).toMatch(/Löschen/);
      const { label, percent, group, list } = await blog.page.evaluate(() => {
        const { shadowRoot } = document.querySelector("sketch-classifier")!;
        const of = (selector: string) => shadowRoot!.querySelector<HTMLElement>(selector)!;
        return {
          label: of(".winner .label").innerText,
          percent: of(".winner .value").innerText,
          group: of(".root").getAttribute("aria-label"),
          list: of(".bars").getAttribute("aria-label"),
        };
      });
      expect(labels.split(",")).toContain(label);
      expect(percent).toMatch(/^>?[\d,]+\s%$/);
      expect([group, list]).toEqual(["Ziffern", "Wahrscheinlichkeiten"]);
      const shown = await blog.page.evaluate(
        () => document.querySelector<HTMLElement>('[slot="undo"]')!.getClientRects().length,
      );
      expect(shown).toBe(1);
    });

    test.each([
      ["labels", "one,two", /labels must be 10/],
      ["texts", "{", /texts must be JSON/],
    ])("a wrong %s is told in the console, and the model's own words stay", async (name, value, warning) => {
      await blog.open(blog.element(`${name}="${value}"`));
      await blog.ready();
      await blog.draw();
      await blog.predicted();
      expect(blog.complaints.length).toBeGreaterThan(0);
      for (const complaint of blog.complaints) expect(complaint).toMatch(warning);
      expect(await blog.text(".winner .label")).toMatch(/^\d$/);
    });

    test("properties reflect attributes, also when they were set before the element was known", async () => {
      await blog.open('<div id="app"></div>', {
        script: `document.addEventListener("DOMContentLoaded", () => {
        const early = document.createElement("sketch-classifier");
        Object.assign(early, { src: ${JSON.stringify(blog.src())}, explain: true, texts: { undo: "Back" } });
        document.querySelector("#app").append(early);
      });`,
      });
      await blog.ready();
      const state = await blog.page.evaluate(() => {
        const classifier = document.querySelector("sketch-classifier")!;
        classifier.theme = "dark";
        classifier.loading = "lazy";
        return [classifier.getAttributeNames().sort(), classifier.texts.undo, classifier.alt, classifier.explain];
      });
      expect(state).toEqual([["explain", "loading", "src", "texts", "theme"], "Back", "", true]);
      await blog.page.evaluate(() => {
        const classifier = document.querySelector("sketch-classifier")!;
        classifier.explain = false;
        classifier.texts = {};
      });
      expect(await blog.text(".buttons")).toMatch(/Undo/);
    });
  });
});
