// A scenario is written once and played in every browser, on a stage for the page or for the
// element. SITE_DIR names the site.
import { execFile, type ExecFileOptions } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual, promisify } from "node:util";
import { source as axeSource } from "axe-core";
import type { BoundingBox, KeyInput, Page, Touchscreen, Viewport } from "puppeteer-core";
import { beforeAll, beforeEach, describe, expect } from "vitest";
import type { SketchClassifierElement as Pad } from "../../web/src/embed/embed.ts";
import {
  copyOf,
  readManifest,
  readPublished,
  snippetOf,
  type Models,
} from "../../web/src/testing/site.ts";
import { temporary } from "../../web/src/testing/temporary.ts";
import { BROWSERS, launch, programsOf, type BrowserName } from "./browser.ts";
import strokes from "./strokes.json" with { type: "json" };
import { serve, told, type Host, type Watch } from "./server.ts";

export const SMALLEST: Viewport = {
  width: 320,
  height: 568,
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};
export const PHONE: Viewport = {
  width: 390,
  height: 844,
  deviceScaleFactor: 3,
  isMobile: true,
  hasTouch: true,
};
export const DESKTOP: Viewport = { width: 1280, height: 800 };
export const WINDOW: Viewport = { width: 800, height: 900 }; // of the element: as wide as WebKitGTK's can be
export const ALL = process.env["TIER"] === "all"; // for plays that take long
export const SITE = process.env["SITE_DIR"]!;
export const ROOT = join(import.meta.dirname, "../..");
export const published = (file: string) => readPublished(SITE, "mnist-softmax", file);
export const manifestOf = (name = "mnist-softmax") => readManifest(SITE, name);
export const makeSite = (models: Models = {}, furnish?: (site: string) => unknown) =>
  copyOf(SITE, models, furnish);
/** Run the project's own Python. */
export const python = (args: readonly string[], { env, ...options }: ExecFileOptions = {}) => {
  const all = { ...process.env, PYTHONPATH: ROOT, TF_CPP_MIN_LOG_LEVEL: "3", ...env };
  return promisify(execFile)(join(ROOT, ".venv/bin/python"), args, {
    ...options,
    encoding: "utf8",
    env: all,
  });
};

/** Points of a stroke: shares of the pad's sides, from the top left. */
export type Path = readonly (readonly [x: number, y: number])[];
/**
 * Ways in which digits are written, one or more strokes each; “W” is unlike any, and “angle” for a
 * model that has learnt nothing.
 */
export type Written = keyof typeof strokes;
export const strokesOf = (name: Written): Path[] =>
  strokes[name]
    .split("; ")
    .map((path) => path.split(", ").map((at) => at.split(" ").map(Number) as [number, number]));

/**
 * Draws by real input events, of which the browser makes pointer events itself: a page's
 * touchscreen, or its mouse like one.
 */
export type Hand = Pick<Touchscreen, "touchMove" | "touchEnd"> & {
  touchStart(x: number, y: number): Promise<unknown>;
};
export const mouse = ({ mouse }: Page): Hand => ({
  touchStart: (x, y) => mouse.move(x, y).then(() => mouse.down()),
  touchMove: (x, y) => mouse.move(x, y),
  touchEnd: () => mouse.up(),
});

/** Wait until a condition holds, and return what it says; before, it may also fail. */
export async function until<T>(condition: () => T | Promise<T>, message = condition.toString()) {
  let found: T | undefined;
  await expect.poll(async () => (found = await condition()), { message }).toBeTruthy();
  return found!;
}

/**
 * Read again and again until nothing has changed for a while, by default six frames, and return
 * what was read.
 */
export async function atRest<T>(read: () => Promise<T>, interval = 100): Promise<T> {
  let [before, now]: (T | undefined)[] = [];
  const readAgain = async () => ([before, now] = [now, await read()])[1];
  await expect.poll(readAgain, { interval }).toSatisfy((last) => isDeepStrictEqual(last, before));
  return now!;
}

/** Selector of a part of an element, in its shadow root. */
export const deep = <P extends string>(part: P) => `sketch-classifier >>> ${part}` as const;
/** A number as the page writes it, with whatever stands around it. */
export const number = (text = ""): number =>
  Number(/[+\u2212-]?[\d.,]+/.exec(text)?.[0].replace("\u2212", "-").replace(",", ""));

type Opening = Partial<
  Readonly<{ query: string; viewport: Viewport; isDark: boolean; digit: Written; panel: string }>
>;

/**
 * A test's surroundings: a host with a site, a fresh tab of the browser, and the tab's complaints.
 */
export class Stage {
  browser!: BrowserName;
  host!: Host;
  page!: Page;
  seen!: Watch;
  /**
   * Complaints that a scenario expects in the console. A scenario that does not set it fails on
   * any.
   */
  mayComplain!: RegExp;
  /** Prefix of selectors of parts. */
  protected readonly root: string = "";
  folder?: Promise<string>;

  /**
   * @param make Makes the folder of the site, once for all tests; by default it is the published
   * one.
   */
  constructor(readonly make = () => Promise.resolve(SITE)) {}
  async begin(): Promise<void> {
    this.host = await serve(await (this.folder ??= this.make()));
  }
  /** Wait until a function in the page says so, also across a navigation. */
  until = <A extends unknown[]>(fn: (...given: A) => unknown, ...given: A) =>
    until(() => this.page.evaluate(fn as never, ...given), fn.toString());

  /** Ask for the page. Only Chromium's protocol can change the theme. */
  async visit({ query = "", viewport = DESKTOP, isDark = false }: Opening = {}): Promise<void> {
    if (isDark && this.browser === "chromium")
      await this.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
    await this.page.setViewport(viewport);
    await this.page.goto(this.host.url + query);
  }
  /** Open the page; draw a digit and scroll to a panel, where they are given. */
  async open({ digit, panel, ...opening }: Opening = {}): Promise<void> {
    await this.visit(opening);
    await this.ready();
    if (digit) await this.drawDigit(digit);
    if (panel) await this.panel(panel);
  }
  /** The model is there; on a page without a pad, its first part too. */
  ready = () => this.appears(".bar, main:not(:has(.stage)) .filled");
  reload = () => this.page.reload().then(this.ready);
  /**
   * Scroll to a panel, which is fetched then, and wait until the panels around it are there and no
   * longer move it.
   */
  async panel(id: string): Promise<void> {
    await this.shows(`#${id}`);
    await this.scrollTo(`#${id}`);
    await this.appears(`#${id}:is(.filled, .hero)`);
    await this.until(() =>
      [...document.querySelectorAll("[data-panel]:not(.filled)")].every((section) => {
        const { top, bottom, width } = section.getBoundingClientRect();
        const ahead = scrollY > 0 ? 400 : 0; // from there on a panel is fetched
        return width === 0 || bottom <= 0 || top >= innerHeight + ahead;
      }),
    );
    await atRest(() => this.boxOf(`#${id}`));
  }

  appears = (selector: string) => until(() => this.page.$(selector), selector);
  shows = (part: string) => until(() => this.isShown(part), part);
  isShown = (part: string) =>
    this.page.$$eval(this.root + part, ([element]) => element?.checkVisibility() ?? false);
  text = (part: string) =>
    this.page.$eval(this.root + part, (element) => element.textContent.trim());
  texts = (part: string) =>
    this.page.$$eval(this.root + part, (all) => all.map(({ textContent }) => textContent));
  /** Wait until an element says this, or something else than nothing, and return its text. */
  async says(part: string, expected: string | RegExp = /./): Promise<string> {
    let text = "";
    const read = async () => (text = await this.text(part));
    const wanted: unknown =
      typeof expected === "string" ? expected : expect.stringMatching(expected);
    await expect.poll(read, { message: part }).toEqual(wanted);
    return text;
  }
  boxOf = (selector: string) =>
    this.page.$eval(selector, (element) => element.getBoundingClientRect().toJSON() as DOMRect);
  /** Where something is, as soon as it is shown, in the window and at rest. */
  async placeOf(selector: string) {
    const comes = (element: Element) => {
      const { top, bottom } = element.getBoundingClientRect();
      if (top < 0 || bottom > innerHeight)
        element.scrollIntoView({ block: "center", behavior: "instant" });
      return bottom > top && element.checkVisibility({ visibilityProperty: true });
    };
    await until(() => this.page.$eval(selector, comes), selector);
    const { x, y, width, height } = await atRest(() => this.boxOf(selector));
    return { x, y, width, height, middle: [x + width / 2, y + height / 2] as const };
  }
  hash = () => this.page.evaluate(() => location.hash);
  /** By how many CSS pixels the page scrolls sideways. */
  overflow = () =>
    this.page.$eval("html", ({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
  /**
   * The next frame shows what was drawn; WebKit hands over the moves of a mouse with one, and they
   * show in the one after it.
   */
  nextFrame = () =>
    this.page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
  /**
   * The pixels of a canvas, as text that any change alters; and how many different colours it
   * shows.
   */
  pixels = (selector: string) =>
    this.page.$eval(selector, (canvas) => (canvas as HTMLCanvasElement).toDataURL());
  colours = (selector: string) =>
    this.page.$eval(selector, (element) => {
      const { width, height } = element as HTMLCanvasElement;
      const { data } = (element as HTMLCanvasElement)
        .getContext("2d")!
        .getImageData(0, 0, width, height);
      return new Set(new Uint32Array(data.buffer)).size;
    });
  /**
   * The answer's probabilities in full precision, once they rest; empty while nothing is claimed.
   */
  shares = (bars = ".bars:has(.winner)") =>
    atRest(() =>
      this.page.$$eval(`${bars} .bar-fill`, (fills) =>
        fills.map((fill) => Number((fill as HTMLElement).style.getPropertyValue("--share"))),
      ),
    );
  /**
   * Wait until the page answers with these probabilities: the same arithmetic on the same pixels,
   * so to six places.
   */
  async expectShares(expected: readonly number[]): Promise<void> {
    expect(expected.length).toBeGreaterThan(0);
    await expect
      .poll(() => this.shares())
      .toEqual(expected.map((share): unknown => expect.closeTo(share, 6)));
  }
  /** @param within Selector of the part to examine: a whole page with all its panels takes long. */
  async axeFindings(within = "html"): Promise<string[]> {
    await this.page.$$eval(".stop > div", (all) => {
      // off screen, too
      for (const figure of all) (figure as HTMLElement).style.contentVisibility = "visible";
    });
    await this.page.evaluate(axeSource);
    const { violations } = await this.page.evaluate((within) => axe.run(within), within);
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  }

  /**
   * Draw strokes, by default with the mouse, on the pad, on another element or in a box of the
   * window.
   */
  async draw(
    what: Written | readonly Path[] = "angle",
    on: string | BoundingBox = `${this.root}:is(.pad-canvas, .canvas)`,
    hand = mouse(this.page),
  ) {
    const { x, y, width, height } = typeof on === "string" ? await this.placeOf(on) : on;
    for (const path of typeof what === "string" ? strokesOf(what) : what) {
      const [start, ...rest] = path.map(
        ([across, down]) => [x + across * width, y + down * height] as const,
      );
      await hand.touchStart(...start!);
      for (const at of rest) await hand.touchMove(...at);
      await hand.touchEnd();
    }
  }
  /**
   * Draw a digit, which is read once there is what tells whether to believe it; the first answer
   * may be to a part of it.
   */
  async drawDigit(digit: Written): Promise<void> {
    await this.draw(digit);
    await atRest(() => this.says(".glyph"));
  }
  /**
   * Press an element as soon as it is there, wherever that is: panels above it may still be
   * growing, under a mouse.
   */
  async press(selector: string): Promise<void> {
    await this.appears(selector);
    await this.page.$eval(selector, (element) => {
      (element as HTMLElement).click();
    });
  }
  /**
   * Press keys, one after the other, on whatever has the focus; “Control+z” holds the first one.
   */
  async keys(
    ...names: readonly (KeyInput | `${"Control" | "Shift"}+${KeyInput}`)[]
  ): Promise<void> {
    for (const name of names) {
      const [key, held] = name.split("+").reverse() as [KeyInput, KeyInput?];
      if (held) await this.page.keyboard.down(held);
      await this.page.keyboard.press(key);
      if (held) await this.page.keyboard.up(held);
    }
  }
  scrollTo = (selector: string) =>
    this.page.$eval(selector, (element) => {
      element.scrollIntoView({ behavior: "instant" });
    });
  /**
   * A step back in the history; WebKit's driver must take it, and Firefox' waits in vain for a page
   * that was kept.
   */
  goBack = (): Promise<unknown> =>
    this.browser === "webkit"
      ? this.page.goBack()
      : this.page.evaluate("void setTimeout(() => history.back())");
}

/** A stage with a model more: not linear, of other pictures and labels. */
export const withLetters = new Stage(() => makeSite({ letters: "cnn layers uint16" }));

/**
 * Paths of the site's model of random weights: what is tested does not depend on what it has
 * learnt.
 */
export const VERSION = "models/digits/0123456789ab";
export const WEIGHTS = `${VERSION}/layers-float32/group1-shard1of1.bin`;
/**
 * Content security policy of a blog that embeds from one other place, with the style of snippets;
 * `more` is allowed besides.
 */
export const policyFor = (site: string, more = ""): string =>
  `default-src 'none'; script-src 'self' ${site}; connect-src ${site}; style-src 'self'; style-src-attr 'unsafe-inline'${more}`;

export const MODULE =
  '<link rel="icon" href="data:,"><script type="module" src="blog.js"></script>';

/** A page of a blog, with a script that a module runs by default; or a page as it is. */
export async function writePost(
  folder: string,
  script: string,
  head = MODULE,
  body = "",
  html = 'lang="en"',
) {
  const page = `<!doctype html><html ${html}><head><title>A post</title><meta name="viewport" content="width=device-width">
    ${head}</head><body>${body}</body></html>`;
  await writeFile(join(folder, "blog.js"), script);
  await writeFile(join(folder, "index.html"), body.startsWith("<!doctype") ? body : page);
}

/**
 * `script` runs before the embed's, which `head` loads; `html` are attributes; `policy` is the
 * blog's from now on.
 */
type Post = Partial<Record<"css" | "script" | "html" | "head" | "policy", string>> & {
  readonly size?: Viewport;
};

/**
 * A stage for the element, in posts of a blog of another origin than the site that they embed, as
 * strict as blogs get.
 */
export class Blog extends Stage {
  /** Where the element and the models come from. */
  site!: Host;
  protected override readonly root = deep("");

  /** @param furnish Adds to the site, which has more models. */
  constructor(models: Models = {}, furnish?: (site: string) => unknown) {
    super(() => makeSite({ digits: Array.from("0123456789"), ...models }, furnish));
  }
  override async begin(): Promise<void> {
    await super.begin();
    this.site = this.host;
    this.host = await serve(await temporary(), policyFor(this.site.origin));
  }

  src = (name = "digits"): string => `${this.site.url}models/${name}/latest.json`;
  element = (attributes = "", content = ""): string =>
    `<sketch-classifier src="${this.src()}" ${attributes}>${content}</sketch-classifier>`;
  snippet = (title: string, model = "digits"): string => snippetOf(this.site, title, model).code;
  requestsOf = (path: string): number => this.site.asked.filter((asked) => asked === path).length;
  write = (name: string, content: string): Promise<void> =>
    writeFile(join(this.host.folder, name), content);

  /** Open a post, or a whole page, which may bring in blog.css and should bring in blog.js. */
  async post(
    body: string,
    { html, css = "", script = "", size = WINDOW, policy, head }: Post = {},
  ) {
    if (policy) this.host.policy = policy;
    head ??= `<script type="module" src="${this.site.url}embed.js"></script>`;
    head = `<link rel="stylesheet" href="blog.css"><script src="blog.js"></script>${head}`;
    const listeners = await readFile(join(import.meta.dirname, "hosts/blog.js"), "utf8");
    await writePost(this.host.folder, listeners + script, head, body, html);
    await this.write("blog.css", css);
    await this.page.setViewport(size);
    await this.page.goto(this.host.url);
  }

  loaded = () =>
    this.until(() => {
      const pads = [...document.querySelectorAll("sketch-classifier")];
      return pads.length > 0 && pads.every(({ model }) => model);
    });
  /** Run a function on the first element of the page. */
  onPad = <R, A extends unknown[]>(
    act: (pad: Pad, ...given: A) => R,
    ...given: A
  ): Promise<Awaited<R>> => this.page.$eval("sketch-classifier", act as never, ...given);
  set = (properties: Partial<Pad>): Promise<void> =>
    this.onPad((pad, all) => void Object.assign(pad, all), properties);
  /** Run a function in the document of an <iframe>, which may be of no origin at all. */
  inFrame = async <R>(selector: string, fn: () => R) =>
    (await (await this.page.$(selector))!.contentFrame())!.evaluate(fn);

  /** The label of the first element's answer to all that is drawn, once it has one. */
  async predicted(): Promise<string> {
    await this.until(() => document.querySelector("sketch-classifier")?.prediction?.label);
    await this.nextFrame(); // the last move may wait for a frame,
    await this.nextFrame(); // and its answer for the next one
    return this.onPad((pad) => pad.prediction!.label);
  }
  /**
   * Open a post, if one is given; draw on the first element once it has its model, and return the
   * label of the answer.
   */
  async drawn(body = "", post?: Post): Promise<string> {
    if (body) await this.post(body, post);
    await this.loaded();
    await this.draw();
    return this.predicted();
  }
}

/** Play scenarios in these browsers, each test on the stage in a fresh tab. */
const playIn =
  (browsers: readonly BrowserName[]) =>
  <S extends Stage = Stage>(scenarios: (stage: S) => void, stage = new Stage() as S) => {
    for (const name of browsers) {
      const programs = programsOf(name);
      const isMissing = name !== "chromium" && programs.includes("");
      const title = isMissing ? `${name} is missing: “make browser” installs what it takes` : name;
      // WebKit's network process crashes now and then (in libgobject) where a connection breaks
      // off: then a test begins anew.
      describe.skipIf(isMissing)(title, { retry: name === "webkit" ? 1 : 0 }, () => {
        let browser: Awaited<ReturnType<typeof launch>>;
        beforeAll(async () => {
          browser = await launch((stage.browser = name), programs);
          return browser.close;
        });
        beforeEach(async () => {
          await stage.begin();
          stage.mayComplain = /^$/;
          stage.seen = { complaints: [], requests: [] };
          told.to = name === "webkit" ? stage.seen : null;
          stage.page = await browser.newTab(stage.seen);
          return async () => {
            const complaints = stage.seen.complaints.filter(
              (said) => !stage.mayComplain.test(said),
            );
            await stage.page.browserContext().close();
            expect(complaints).toEqual([]);
          };
        });
        scenarios(stage);
      });
    }
  };
export const inEveryBrowser = playIn(BROWSERS);
export const inChromiumAlone = playIn(["chromium"]); // for what only Chromium's protocol can do
export const inChromium = ALL ? inEveryBrowser : inChromiumAlone; // for what no browser decides
