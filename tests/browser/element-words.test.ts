// <sketch-classifier> in every browser: in whose words it speaks.
import { describe, expect, test } from "vitest";
import { onABlog } from "./blog.ts";

onABlog((blog) => {
  const languageOfWords = () => blog.page.evaluate(() => find("sketch-classifier", ".root")!.lang);

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
      ["de", "Zurück", "Löschen"],
      ["fr-CA", "Annuler", "Effacer"],
      ["es", "Deshacer", "Borrar"],
      ["ar", "تراجع", "مسح"],
    ])("are those of the page's language: %s", async (lang, undo, clear) => {
      await blog.open(`<div lang="${lang}">${blog.element()}</div>`);
      await blog.ready();
      await expect.poll(() => blog.text(".buttons")).toMatch(new RegExp(`${undo}\\s*${clear}`));
      expect(await languageOfWords()).toBe(lang);
      await blog.draw();
      const label = await blog.predicted();
      await expect.poll(() => blog.text(".headline")).toMatch(new RegExp(`^${label}[,،] \\D`));
      expect(blog.complaints).toEqual([]);
    });

    test("are English in any other language, and marked as English, and no other ones are fetched", async () => {
      await blog.open(blog.element(), { html: 'lang="fi"' });
      await blog.ready();
      expect(await blog.text(".buttons")).toMatch(/Undo\s*Clear/);
      expect(await languageOfWords()).toBe("en");
      await blog.draw();
      const label = await blog.predicted();
      await expect
        .poll(() => blog.text(".headline"))
        .toMatch(new RegExp(`^${label}, (then \\d|nothing else comes close)$`));
      expect(blog.site.asked.filter((path) => path.includes("translations"))).toEqual([]);
    });

    test("of the page itself are in its language", async () => {
      await blog.open(blog.element(`texts='{"undo": "Kumoa"}'`), { html: 'lang="fi"' });
      await blog.ready();
      expect(await languageOfWords()).toBe("fi");
    });

    test("are not announced before anything is drawn", async () => {
      await blog.open(blog.element(), {
        script: `globalThis.announced = [];
          document.addEventListener("load", ({ target }) => {
            if (!target.shadowRoot) return;
            const spoken = target.shadowRoot.querySelector(".spoken");
            new MutationObserver(() => announced.push(spoken.textContent)).observe(spoken, { childList: true });
          }, true);`,
      });
      await blog.ready();
      const announced = () => blog.page.evaluate(() => (globalThis as unknown as { announced: string[] }).announced);
      await new Promise((resume) => setTimeout(resume, 1500)); // ms; twice the pause after which a drawing is announced
      expect(await announced()).toEqual([]);
      await blog.draw();
      await expect.poll(announced).toHaveLength(1);
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
