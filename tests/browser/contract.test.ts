// The contract that every part of the page keeps: nothing of it is fetched before somebody comes
// near; a file that does not arrive is told in its place, and trying again mends it; it fits the
// narrowest phone and a desktop, with targets for a finger; axe finds nothing; the console stays
// clean; it is hidden where a model has nothing for it.
import { expect, test } from "vitest";
import type { KeyInput } from "puppeteer-core";
import {
  ALL,
  DESKTOP,
  inChromium,
  inChromiumAlone,
  SMALLEST,
  type Stage,
  until,
  withLetters,
} from "./scenario.ts";

/** A file that a part needs, and what happens when it is damaged. */
interface Broken {
  readonly path: RegExp;
  /** Have it fetched. */
  readonly ask: (stage: Stage) => Promise<unknown>;
  /** Where it is told, with a button to try again. */
  readonly place: string;
}

interface Part {
  /** Files that are fetched only when somebody asks for them in the part. */
  readonly files?: RegExp;
  readonly broken?: Broken;
  /** Fill it, once it is there, with all that it can show; its file may have been asked for. */
  readonly fill: (stage: Stage, isAsked: boolean) => Promise<unknown>;
  /** Selectors of what is pressed with a finger, besides buttons, menus and summaries. */
  readonly targets?: readonly string[];
  /** Checks what else must fit the narrowest phone. */
  readonly fits?: (stage: Stage) => Promise<void>;
  /**
   * The panel that it is in, if it has none of its own name; and its element, if that is not the
   * panel.
   */
  readonly panel?: string;
  readonly within?: string;
  /** The page that it has for itself. */
  readonly page?: string;
}

const type = async (stage: Stage, selector: string, ...names: KeyInput[]) => {
  await stage.page.focus(selector);
  await stage.keys(...names);
};
const damaged = (body: Buffer) =>
  Buffer.from(body.map((byte, at) => (at === 500 ? byte ^ 1 : byte)));
/**
 * Targets too small for a finger: less than 44 CSS pixels wide or high, but for rounding. Bars are
 * lower, so that the pad and all of them are in one window: the buttons at "Ink × weights" choose a
 * class, too.
 */
const smallTargets = ({ page }: Stage, selector: string) =>
  page.$$eval(selector, (targets) =>
    targets
      .filter((target) => {
        const { width, height } = target.getBoundingClientRect();
        return width > 0 && Math.min(width, height) < 43.5;
      })
      .map(({ outerHTML }) => outerHTML.slice(0, 80)),
  );

const PARTS: Readonly<Record<string, Part>> = {
  draw: {
    broken: { path: /\.bin$/, ask: () => Promise.resolve(), place: ".answer" },
    async fill(stage) {
      await stage.drawDigit("3");
      await type(stage, "li:nth-child(3) .bar", "Enter"); // picked
      await expect.poll(() => stage.texts(".bar[aria-pressed='true'] .bar-label")).toEqual(["2"]);
    },
    within: "body",
    targets: [".languages a", ".pages-nav a", ".parts-nav a"],
  },
  gets: {
    async fill(stage) {
      await stage.says(".shot-other b");
      await stage.press(".film input"); // a step that is off
      await stage.says(".film-told", /^As switched|^So geschaltet/);
      await type(stage, ".lens-window", "ArrowDown");
    },
    targets: ["label", ".lens-window"],
  },
  votes: {
    async fill(stage) {
      await stage.press("#votes .choice:nth-child(9)");
      await type(stage, ".vote .frame", "ArrowUp"); // a pixel is read
      await stage.says(".equation [role=status]");
    },
    async fits(stage) {
      const { right } = await stage.boxOf(".vote .frame");
      // to scroll the page beside it
      expect((await stage.page.evaluate(() => innerWidth)) - right).toBeGreaterThan(16);
    },
  },
  percent: {
    async fill(stage) {
      await type(stage, ".tags .tag:nth-of-type(9)", "End"); // what if
      await stage.press("#percent .action");
    },
    targets: [".tag"],
  },
  mind: {
    async fill(stage) {
      await stage.appears("#mind .action.primary[aria-disabled=false]");
      await type(stage, ".mind-frame");
    },
    async fits(stage) {
      const { right } = await stage.boxOf(".mind-frame");
      // to scroll the page beside it
      expect((await stage.page.evaluate(() => innerWidth)) - right).toBeGreaterThan(44);
    },
  },
  learning: {
    files: /(training|held-out)\.bin/,
    broken: {
      path: /training\.bin$/,
      ask: (stage) => stage.press(".learning-train .primary"),
      place: ".learning-told",
    },
    async fill(stage, isAsked) {
      if (!isAsked) await stage.press(".learning-train .primary");
      await stage.says(".learning-told", /^(Yours gets|Von) /);
    },
  },
  frames: {
    panel: "learning",
    broken: {
      path: /film\.bin$/,
      ask: (stage) => stage.says(".learning-frames figcaption", /^trained$|^fertig/),
      place: ".learning-figure",
    },
    fill: (stage) => stage.says(".learning-curve .high"),
  },
  doubt: { fill: (stage) => stage.appears("#doubt .card") },
  quality: {
    page: "quality.html",
    targets: [".mistake"],
    files: /mistakes\.bin/,
    broken: {
      path: /mistakes\.bin$/,
      ask: (stage) => stage.press(".frequent button"),
      place: ".gallery",
    },
    async fill(stage) {
      await stage.appears("#quality .frequent");
      await stage.press(".frequent button");
      await stage.appears(".mistake");
    },
    async fits({ page }) {
      const ends = await page.$$eval("#quality .scroller caption span", (all) =>
        all.map((caption) => caption.getBoundingClientRect().right),
      );
      expect(ends.length).toBeGreaterThan(1);
      expect(Math.max(...ends)).toBeLessThanOrEqual(await page.evaluate(() => innerWidth));
    },
  },
  own: {
    page: "own.html",
    async fill(stage) {
      for (const index of [1, 2]) {
        await stage.draw(index === 1 ? "1" : "0", "#own .pad-canvas");
        await stage.press(`.own-classes > li:nth-child(${index}) .own-answer`);
      }
      await stage.press(".own-add");
    },
    targets: ["input"],
  },
  use: {
    page: "embed.html",
    fill: (stage) => stage.appears("#use .snippet"),
    targets: [".file-list a"],
  },
};

const BESIDE = ["quality.html", "own.html", "embed.html"];
const isOn = (page: string, part: Part) => (part.page ?? "") === page;

/** Files that come with a part, or when it asks for them, and not with the page. */
const LATER = /(evaluation|history)\.json|film|(training|held-out|mistakes)\.bin|reference\./;

inChromium((stage) => {
  test.each(Object.entries(PARTS))(
    "%s fits the narrowest phone; a file that does not arrive is told, and can be asked for again",
    async (
      name,
      { broken, panel = name, within = `#${panel}`, targets = [], page = "", fill, fits },
    ) => {
      if (broken) stage.host.change(broken.path, damaged);
      await stage.visit({ query: page, viewport: SMALLEST });
      if (name !== "draw") {
        await stage.ready();
        if (!page) await stage.drawDigit("3");
        await stage.panel(panel);
      }
      if (broken) {
        const { ask, place } = broken;
        await ask(stage);
        await stage.shows(`${place} .retry`);
        await expect
          .poll(async () => (await stage.texts(`${place} :is(details, .failed-part)`)).join())
          .toContain("SHA-256");
        expect(await stage.axeFindings(place)).toEqual([]);
        stage.host.change();
        await stage.press(`${place} .retry`);
        const gone = (all: Element[]) => all.every((button) => !button.checkVisibility());
        await until(() => stage.page.$$eval(`${place} .retry`, gone));
        await stage.ready();
      }
      await fill(stage, broken !== undefined);
      await stage.nextFrame(); // in which a table that scrolls becomes a stop of the Tab key
      expect(await stage.overflow()).toBe(0);
      expect(
        await smallTargets(
          stage,
          `${within} :is(${["button:not(.bar), select, summary", ...targets].join()})`,
        ),
      ).toEqual([]);
      expect(await stage.axeFindings(within)).toEqual([]);
      await fits?.(stage);
    },
  );

  test.each(Object.entries(PARTS))(
    "%s is fetched when somebody comes near, and fits a desktop in the dark theme",
    async (name, { panel = name, within = `#${panel}`, files, page, fill }) => {
      stage.mayComplain = /willReadFrequently/; // of the test itself, which reads canvases back
      await stage.open({ isDark: true, query: page ?? "" });
      const code = name === "gets" || page ? [] : [`/${name}-`]; // it is near already
      const ofPart = (url: string) =>
        code.some((start) => url.includes(start) && url.endsWith(".js"));
      const { requests } = stage.seen;
      if (!page) {
        expect(requests.filter((url) => LATER.test(url) || ofPart(url))).toEqual([]);
        await stage.drawDigit("3");
      }
      await stage.panel(panel);
      const asked = () => requests.filter((url) => files?.test(url));
      expect(asked()).toEqual([]);
      await fill(stage, false);
      await stage.nextFrame();
      if (files) expect(asked().length).toBeGreaterThan(0);
      expect(await stage.overflow()).toBe(0);
      expect(await stage.axeFindings(within)).toEqual([]);
    },
  );
});

// The whole page at once, which takes axe long; what it finds no browser decides.
const LOOKS = [false, true].flatMap((isDark) =>
  [SMALLEST, DESKTOP].flatMap((viewport) =>
    ["en", "de"].map((lang) => ({ isDark, viewport, lang })),
  ),
);
if (ALL) {
  inChromiumAlone((stage) => {
    test.each(LOOKS)(
      "axe finds nothing on the page with all parts filled: dark $isDark, $viewport.width pixels, $lang",
      async ({ isDark, viewport, lang }) => {
        for (const page of ["", ...BESIDE]) {
          await stage.open({ isDark, viewport, query: `${page}?lang=${lang}` });
          for (const [name, { panel = name, fill }] of Object.entries(PARTS).filter(([, part]) =>
            isOn(page, part),
          )) {
            await stage.panel(panel);
            await fill(stage, false);
          }
          expect(await stage.axeFindings()).toEqual([]);
        }
      },
    );
  });
}

inChromium((stage) => {
  /** The parts of index.html that are shown; the navigation names no other. */
  const shown = async () => {
    const ids = await stage.page.$$eval("main section[id]", (all) =>
      all.filter((section) => section.checkVisibility()).map(({ id }) => id),
    );
    const named = await stage.page.$$eval(".parts-nav li:not([hidden]) a[href^='#']", (links) =>
      links.map((link) => link.hash.slice(1)),
    );
    expect(named).toEqual(ids);
    return ids;
  };
  const every = Object.keys(PARTS).filter((name) => name !== "frames" && isOn("", PARTS[name]!));
  const without = (...hidden: string[]) => every.filter((name) => !hidden.includes(name));
  const all = async () => {
    for (const id of await shown()) {
      await stage.scrollTo(`#${id}`);
      await stage.appears(`#${id}:is([hidden], .filled, .hero)`);
    }
    return shown();
  };

  test("a part is hidden where a model has nothing for it, and one says why where the owner publishes no pictures", async () => {
    stage.host.changeJson(/mnist-softmax\/.*manifest\.json$/, (manifest) => {
      const files = Object.entries(manifest["files"] as object);
      manifest["files"] = Object.fromEntries(files.filter(([name]) => !name.endsWith("_images")));
    });
    await stage.open();
    expect(await all()).toEqual(every);
    expect(await stage.page.$(".learning-train")).toBeNull();
    expect(await stage.isShown("#learning .try")).toBe(false);
    await stage.open({ query: "quality.html" });
    await stage.says(".withheld", /^The owner of this model publishes no pictures of its data\./);
    await stage.open({ query: "quality.html?model=mnist-plain" });
    await stage.appears(".summary .numbers");
    expect(await stage.page.$(".withheld")).toBeNull();
    await stage.open({ query: "?model=mnist-plain" });
    expect(await shown()).toEqual(every);
    await stage.open({ query: "?model=letters" });
    expect(await all()).toEqual(without("votes", "percent", "mind", "learning"));
  });
}, withLetters);
