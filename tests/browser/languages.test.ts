// The page in German: no word of it is English, and its numbers are written as in German.
import { expect, test } from "vitest";
import { inChromium, SMALLEST, type Stage } from "./scenario.ts";

/** Words that German does not have, and no English sentence is without for long. */
const ENGLISH =
  /\b(the|and|of|with|your|you|this|that|these|is|are|not|no|for|to|from|it|its|which|what|each|here|how|more|than|on|by|or|page|drawing|answers?|images?|class(es)?|model’s)\b/i;
/** Texts that may be the same in both languages, and look English. */
const SAME = [
  /^[\w.@/-]+$/, // one name, path or number
  /^\S+\.(json|bin|png|keras|md)\b/, // a file and its size
  /Yann LeCun and Corinna Cortes/, // as the manifest names them
  /^[\d,.]+ KB, (float|uint)\d+$/, // how weights are stored
  /^(TensorFlow|Keras|MNIST|NumPy|Hugging Face)\b[^a-z]*$/i,
];
/**
 * Never translated: code, what says itself that it is of another language, what is for the
 * maintainer, and what only those see for whom no script runs.
 */
const UNTRANSLATED =
  "code, pre, script, style, noscript, option, [lang]:not(html), [translate='no'], .failed-part details, .opened-as-file";

/** Every panel is there, and has what it loads by itself. */
async function walk(stage: Stage): Promise<void> {
  await stage.ready();
  if (await stage.page.$(".stage")) await stage.drawDigit("3");
  const ids = await stage.page.$$eval(":is(main, .stops) > section:not([hidden])", (sections) =>
    sections.map(({ id }) => id),
  );
  for (const id of ids) {
    await stage.scrollTo(`#${id}`);
    await stage.until((id) => {
      const section = document.getElementById(id);
      const isThere =
        section?.matches(".hero, [lang], .filled:not(:has(.snippets:empty))") === true &&
        !section.querySelector(".awaited");
      return section?.hidden === true || isThere;
    }, id);
  }
}

/** All that can be read or is read aloud. */
const textsOf = (stage: Stage) =>
  stage.page.evaluate((untranslated) => {
    const texts = new Set([document.title]);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { parentElement, textContent } = walker.currentNode;
      if (parentElement?.closest(untranslated) === null)
        texts.add((textContent ?? "").replace(/\s+/g, " ").trim());
    }
    const attributes = [
      "aria-label",
      "aria-roledescription",
      "aria-valuetext",
      "alt",
      "title",
      "placeholder",
      "content",
    ];
    for (const attribute of attributes) {
      for (const element of document.querySelectorAll(
        `body [${attribute}], meta[name=description]`,
      )) {
        if (element.closest(untranslated) === null)
          texts.add(element.getAttribute(attribute) ?? "");
      }
    }
    return [...texts].filter((text) => text !== "");
  }, UNTRANSLATED);

inChromium((stage) => {
  test.each([
    ["", 100],
    ["quality.html", 100],
    ["own.html", 20],
    ["embed.html", 50],
  ])("in German, nothing on the page “%s” is English", async (path, least) => {
    await stage.visit({ query: `${path}?lang=en` });
    await walk(stage);
    const english = await textsOf(stage);
    await stage.page.goto("about:blank");
    await stage.visit({ query: `${path}?lang=de` });
    await walk(stage);
    const german = await textsOf(stage);
    expect(await stage.page.evaluate(() => document.documentElement.lang)).toBe("de");
    expect(german.length).toBeGreaterThan(least); // else nothing was compared

    const isName = (text: string) => SAME.some((pattern) => pattern.test(text));
    const sentences = (text: string) => (text.match(/\p{L}{2,}/gu) ?? []).length >= 2;
    expect(
      english.filter((text) => sentences(text) && german.includes(text) && !isName(text)),
    ).toEqual([]);
    expect(german.filter((text) => ENGLISH.test(text) && !isName(text))).toEqual([]);
    const toDoubt = await stage.page.$$eval("main a[href$='#doubt']", (links) =>
      links.map(({ search }) => search),
    );
    expect(toDoubt).toEqual(path === "quality.html" ? ["?lang=de"] : []);
    // 97.3 is a number of another language; 1.2.3 is a release.
    expect(german.filter((text) => /(?<![\d.])\d+\.\d+ %|[+−]\d+\.\d/.test(text))).toEqual([]);
  });

  test("German words fit the smallest phone", async () => {
    await stage.visit({ query: "?lang=de", viewport: SMALLEST });
    await walk(stage);
    expect(await stage.overflow()).toBe(0);
    expect(await stage.axeFindings()).toEqual([]);
  });

  test("turned round, as by a browser that translates into Arabic, the page fits, and its bars begin at the right", async () => {
    await stage.visit({ viewport: SMALLEST });
    await walk(stage);
    await stage.page.evaluate(() => (document.documentElement.dir = "rtl"));
    await stage.nextFrame();
    expect(await stage.overflow()).toBe(0);
    await stage.scrollTo("body");
    const right = async (part: string) => (await stage.boxOf(`.bars .winner .bar-${part}`)).right;
    await expect.poll(async () => (await right("fill")) - (await right("track"))).toBeCloseTo(0);
    expect(
      await stage.page.$eval(".bars .number", (number) => getComputedStyle(number).direction),
    ).toBe("ltr");
  });

  test("a link leads to the page in German, and back to English, and keeps the drawing", async () => {
    await stage.open({ digit: "7" });
    await stage.press(".languages a");
    await stage.until(() => document.documentElement.lang === "de"); // across a navigation
    await stage.ready();
    await stage.says(".glyph", "7");
    await stage.says("h1", "7.850 Zahlen lesen deine Handschrift");
    await stage.says(".undo", "Rückgängig");
    await stage.says("#doubt h2", "Es antwortet immer"); // before somebody comes near
    expect(await stage.page.$eval(".pad-canvas", (pad) => pad.ariaLabel)).toContain("Zeichne hier");
    await stage.says(".winner .bar-value", /^>?\d+,\d\u00a0%$/);
    await stage.says(".languages a", "English");

    await stage.press(".languages a[lang=en]");
    await stage.until(() => document.documentElement.lang === "en"); // across a navigation
    await stage.ready();
    await stage.says(".glyph", "7");
  });
});
