// A scenario is written once and played in every browser. SITE_DIR names the site that `pipeline build` wrote.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import axe from "axe-core";
import type { Page, Viewport } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, test, vi } from "vitest";
import type { Manifest } from "../../web/src/runtime/manifest.ts";
import { BROWSERS, launch, programsOf, type BrowserName } from "./browser.ts";
import { scrollTo } from "./panel.ts";
import { serve, told, type Host, type Watch } from "./server.ts";

export type Theme = "light" | "dark";
const touch = { isMobile: true, hasTouch: true };
export const SMALLEST: Viewport = { width: 320, height: 568, deviceScaleFactor: 2, ...touch };
export const PHONE: Viewport = { width: 390, height: 844, deviceScaleFactor: 3, ...touch };
export const DESKTOP: Viewport = { width: 1280, height: 800 };
/** Plays that take long are for `make test-all`. */
export const ALL = process.env["TIER"] === "all";
export const SITE = process.env["SITE_DIR"]!;

/** A test's surroundings: a host with the site, a fresh tab of the browser, and the tab's complaints. */
export class Stage {
  browser!: BrowserName;
  host!: Host;
  page!: Page;
  seen!: Watch;

  /** @param theme Only Chromium's protocol can change it; others are light. */
  async open(viewport: Viewport, theme: Theme = "light", query = ""): Promise<void> {
    if (theme === "dark" && this.browser === "chromium")
      await this.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
    await this.page.setViewport(viewport);
    await this.page.goto(this.host.url + query);
  }

  /** The model is there; on a page without a pad, its first part too. */
  ready = () => this.page.waitForSelector(".bar, main:not(:has(.stage)) .filled");
  /** Version of the model that the page shows. */
  version = () => this.page.evaluate(() => document.documentElement.dataset["version"] ?? "");
  text = (selector: string) => this.page.$eval(selector, (element) => element.textContent.trim());
  /** By how many CSS pixels the page scrolls sideways. */
  overflow = () => this.page.$eval("html", ({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
  /** The next frame shows what was drawn; WebKit hands over the moves of a mouse with one, and they show in the one after it. */
  nextFrame = () =>
    this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

  /** Scroll to a panel, which is fetched then, and wait until the panels around it are there and no longer move it. */
  async panel(id: string): Promise<void> {
    const { page } = this;
    await page.waitForSelector(`#${id}`, { visible: true });
    await scrollTo(this, `#${id}`);
    await page.waitForSelector(`#${id}:is(.filled, .hero)`);
    await page.waitForFunction(() =>
      [...document.querySelectorAll("[data-panel]:not(.filled)")].every((section) => {
        const { top, bottom, width } = section.getBoundingClientRect();
        const ahead = scrollY > 0 ? 400 : 0; // from there on a panel is fetched
        return width === 0 || bottom <= 0 || top >= innerHeight + ahead;
      }),
    );
    await atRest(() => page.$eval(`#${id}`, (section) => section.getBoundingClientRect().top));
  }

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

  /** @param within Selector of the part to examine: a whole page with all its panels takes long. */
  async axeFindings(within = "html"): Promise<string[]> {
    await this.page.$$eval(".panel", (all) => {
      for (const panel of all) (panel as HTMLElement).style.contentVisibility = "visible"; // off screen, too
    });
    await this.page.evaluate(axe.source);
    const run = (within: string) => (globalThis as unknown as { axe: typeof axe }).axe.run(within);
    const { violations } = await this.page.evaluate(run, within);
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  }
}

/** The browsers, the host that the next test is played on, and the stage. */
type Played<S> = Readonly<Partial<{ only: readonly BrowserName[]; host: () => Promise<Host>; stage: S }>>;

/** Play the scenarios in every browser, or in those named with the reason why only there. */
export function inEveryBrowser<S extends Stage = Stage>(
  scenarios: (stage: S) => void,
  { only = BROWSERS, host = () => serve(SITE), stage = new Stage() as S }: Played<S> = {},
): void {
  for (const name of only)
    // WebKit's network process crashes now and then (in libgobject) where a connection breaks off: then a test begins anew.
    describe(name, { retry: name === "webkit" ? 1 : 0 }, () => {
      if (name !== "chromium" && programsOf(name) === null) {
        test.skip(`${name} is missing: “make browser” installs what it takes`);
        return;
      }
      let browser: Awaited<ReturnType<typeof launch>>;
      beforeAll(async () => {
        browser = await launch((stage.browser = name));
      });
      afterAll(() => browser.close());
      beforeEach(async () => {
        stage.host = await host();
        stage.seen = { complaints: [], requests: [] };
        told.to = name === "webkit" ? stage.seen : null;
        stage.page = await browser.newTab(stage.seen);
      });
      afterEach(() => stage.page.close());
      scenarios(stage);
    });
}

/** Play what no browser decides in Chromium; `make test-all` plays it in every browser. */
export const inChromium = <S extends Stage = Stage>(scenarios: (stage: S) => void, played: Played<S> = {}): void => {
  inEveryBrowser(scenarios, { ...played, ...(!ALL && { only: ["chromium"] }) });
};

/** Wait until a condition holds, and return what it says. There is no end but the test's own. */
export const until = <T>(condition: () => T | Promise<T>) => vi.waitUntil(condition, { timeout: 1e6, interval: 20 }); // ms

/** Read again and again until nothing has changed for a while, and return what was read. */
export async function atRest<T>(read: () => Promise<T>): Promise<T> {
  for (let last = await read(); ;) {
    await new Promise((resume) => setTimeout(resume, 100)); // ms; six frames
    const now = await read();
    if (isDeepStrictEqual(now, last)) return now;
    last = now;
  }
}

type Known<T> = { readonly [K in keyof T]-?: NonNullable<T[K]> };
const read = async (path: string) => JSON.parse(await readFile(join(SITE, "models", path), "utf8")) as unknown;

/** The manifest of a published model, by default of the one that the page shows first, and the names of all. */
export async function manifestOf(wanted?: string) {
  const names = ((await read("index.json")) as { models: { name: string }[] }).models.map(({ name }) => name);
  const name = wanted ?? names[0]!;
  const { version } = (await read(`${name}/latest.json`)) as { version: string };
  return { manifest: (await read(`${name}/${version}/manifest.json`)) as Known<Manifest>, names };
}

/** A JSON file of that model's version: of the schemas in web/src/runtime/schema.ts. */
export async function published(file: string): Promise<unknown> {
  const { name, version } = (await manifestOf()).manifest;
  return read(`${name}/${version}/${file}`);
}
