// A scenario is written once and played in every browser. SITE_DIR names the site that `pipeline build` wrote.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import axe from "axe-core";
import type { Viewport } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from "vitest";
import type { Manifest } from "../../web/src/runtime/manifest.ts";
import { asPage, BROWSERS, programsOf, TestBrowser, watch, type BrowserName, type Tab } from "./browser.ts";
import { serve, type Host, type Watch } from "./server.ts";

export type Theme = "light" | "dark";
const touch = { isMobile: true, hasTouch: true };
export const SMALLEST: Viewport = { width: 320, height: 568, deviceScaleFactor: 2, ...touch };
export const PHONE: Viewport = { width: 390, height: 844, deviceScaleFactor: 3, ...touch };
export const DESKTOP: Viewport = { width: 1280, height: 800 };
/** Plays that take long are for `make test-all`. */
export const ALL = process.env["TIER"] === "all";

export const SITE = process.env["SITE_DIR"] ?? join(import.meta.dirname, "../../site");

/** A test's surroundings: a host with the site, a fresh tab of the browser, and the tab's complaints. */
export class Stage {
  browser!: TestBrowser;
  host!: Host;
  page!: Tab;
  seen!: Watch;

  /** @param theme Only Chromium's protocol can change it; others are light. */
  async open(viewport: Viewport, theme: Theme = "light", query = ""): Promise<void> {
    if (theme === "dark" && this.browser.name === "chromium")
      await asPage(this.page).emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
    await this.page.setViewport(viewport);
    await this.page.goto(this.host.url + query);
  }

  /** The model is there; on a page without a pad, its first part too. */
  ready = () => this.page.waitForSelector(".bar, main:not(:has(.stage)) .filled");

  /** Version of the model that the page shows. */
  version = () => this.page.evaluate(() => document.documentElement.dataset["version"] ?? "");

  /**
   * The next frame: what was drawn before it must show in it. WebKit hands over the moves of a mouse with a frame: what they
   * lead to shows in the one after it.
   */
  nextFrame = () =>
    this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

  /** Scroll to a panel, which is fetched then, and wait until the panels around it are there and no longer move it. */
  async panel(id: string): Promise<void> {
    await this.page.waitForSelector(`#${id}`, { visible: true });
    await this.page.$eval(`#${id}`, (section) => {
      section.scrollIntoView();
    });
    await this.page.waitForSelector(`#${id}:is(.filled, .hero)`);
    await this.page.waitForFunction(() =>
      [...document.querySelectorAll("[data-panel]")].every((section) => {
        const { top, bottom, width } = section.getBoundingClientRect();
        const ahead = scrollY > 0 ? 400 : 0; // from there on a panel is fetched
        const isNear = width > 0 && bottom > 0 && top < innerHeight + ahead;
        return !isNear || section.classList.contains("filled");
      }),
    );
    await still(this.page, `#${id}`);
  }

  text = (selector: string) => this.page.$eval(selector, (element) => element.textContent.trim());

  /** The page's answer: the label in large type and all bars. */
  async answer() {
    await this.nextFrame();
    return this.page.evaluate(() => ({
      label: document.querySelector(".glyph")?.textContent ?? "",
      bars: [...document.querySelectorAll(".bar")].map((bar) => {
        const [label, value] = [".bar-label", ".bar-value"].map((part) => bar.querySelector(part)!.textContent);
        return { label: label!, percent: value ? Number.parseFloat(value.replace(">", "")) : null };
      }),
    }));
  }

  /** How many different colours a canvas shows. */
  colours = (selector: string) =>
    this.page.$eval(selector, (element) => {
      const { width, height } = element as HTMLCanvasElement;
      const { data } = (element as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, width, height);
      return new Set(new Uint32Array(data.buffer)).size;
    });

  /** By how many CSS pixels the page scrolls sideways. */
  overflow = () =>
    this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

  /** @param within Selector of the part to examine: a whole page with all its panels takes long. */
  async axeFindings(within = "html"): Promise<string[]> {
    await this.page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(".panel { content-visibility: visible !important }"); // also those that are off screen
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    });
    await this.page.evaluate(axe.source);
    const run = (within: string) => (globalThis as unknown as { axe: typeof axe }).axe.run(within);
    const { violations } = await this.page.evaluate(run, within);
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  }
}

export interface Played {
  readonly only?: readonly BrowserName[];
  /** The host that the next test is played on. */
  readonly host?: () => Promise<Host>;
  readonly stage?: Stage;
}

/** Play the scenarios in every browser, or in those named with the reason why only there. */
export function inEveryBrowser(
  scenarios: (stage: Stage) => void,
  { only = BROWSERS, host = () => serve(SITE), stage = new Stage() }: Played = {},
): void {
  for (const name of only)
    // WebKit's network process crashes now and then (in libgobject) where a connection breaks off: then a test begins anew.
    describe(name, { retry: name === "webkit" ? 1 : 0 }, () => {
      if (name !== "chromium" && programsOf(name) === null) {
        test.skip(`${name} is missing: “make browser” installs what it takes`);
        return;
      }
      beforeAll(() => {
        stage.browser = new TestBrowser(name);
      });
      afterAll(() => stage.browser.close());
      beforeEach(async () => {
        stage.host = await host();
        stage.page = await stage.browser.newTab();
        stage.seen = await watch(stage.page);
      });
      afterEach(() => stage.page.close());
      scenarios(stage);
    });
}

/** Play what no browser decides in Chromium; `make test-all` plays it in every browser. */
export const inChromium = (scenarios: (stage: Stage) => void, options: Played = {}): void => {
  inEveryBrowser(scenarios, { ...options, ...(!ALL && { only: ["chromium"] }) });
};

/** Wait until a condition holds, and return what it says. There is no end but the test's own. */
export async function until<T>(condition: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (;;) {
    const found = await condition();
    if (found) return found;
    await new Promise((resume) => setTimeout(resume, 20)); // ms
  }
}

/** Wait until an element stays where it is for a while, as panels above it arrive; how far below the window's top that is. */
export async function still(page: Pick<Tab, "$eval">, selector: string, leastMs = 0): Promise<number> {
  const stay = async (element: Element, leastMs: number) => {
    const { top } = element.getBoundingClientRect();
    const end = performance.now() + leastMs;
    for (let frame = 0; frame < 6 || performance.now() < end; frame++) {
      await new Promise((next) => requestAnimationFrame(next));
      if (element.getBoundingClientRect().top !== top) return null;
    }
    return { top };
  };
  return (await until(() => page.$eval(selector, stay, leastMs))).top;
}

type Known<T> = { readonly [K in keyof T]-?: NonNullable<T[K]> };
const read = async (path: string) => JSON.parse(await readFile(join(SITE, "models", path), "utf8")) as unknown;

/** A JSON file of the published model that the page shows first: of the schemas in web/src/runtime/schema.ts. */
export async function published(file: string): Promise<unknown> {
  const { name, version } = (await manifestOf()).manifest;
  return read(`${name}/${version}/${file}`);
}

/** The manifest of a published model, by default of the first one, and the names of all. */
export async function manifestOf(wanted?: string) {
  const names = ((await read("index.json")) as { models: { name: string }[] }).models.map(({ name }) => name);
  const name = wanted ?? names[0]!;
  const { version } = (await read(`${name}/latest.json`)) as { version: string };
  return { manifest: (await read(`${name}/${version}/manifest.json`)) as Known<Manifest>, names };
}
