// A scenario is written once and played in every browser. SITE_DIR names the site that `pipeline build` wrote.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import axe from "axe-core";
import type { Viewport } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from "vitest";
import type { Manifest } from "../../web/src/runtime/manifest.ts";
import { BROWSERS, programsOf, TestBrowser, watch, type BrowserName, type Tab, type Theme } from "./browser.ts";
import { serve, type Host, type Watch } from "./server.ts";

const touch = { isMobile: true, hasTouch: true };
export const SMALLEST: Viewport = { width: 320, height: 568, deviceScaleFactor: 2, ...touch };
export const PHONE: Viewport = { width: 390, height: 844, deviceScaleFactor: 3, ...touch };
export const DESKTOP: Viewport = { width: 1280, height: 800 };
/** Plays that take long are for `make test-all`. */
export const ALL = process.env["TIER"] === "all";

export const SITE = process.env["SITE_DIR"] ?? join(import.meta.dirname, "../../site");

/** What a test finds: a host with the site, a fresh tab of the browser, and what went wrong in it. */
export class Stage {
  browser!: TestBrowser;
  host!: Host;
  page!: Tab;
  seen!: Watch;
  #theme: Theme = "light";
  #hosts: Host[] = [];

  /** A host that is closed when the test ends. */
  async serve(...of: Parameters<typeof serve>): Promise<Host> {
    const host = await serve(...of);
    this.#hosts.push(host);
    return host;
  }

  async end(): Promise<void> {
    await this.page.close();
    for (const host of [this.host, ...this.#hosts.splice(0)]) await host.close();
  }

  async newTab(theme: Theme = "light"): Promise<void> {
    this.#theme = theme;
    this.page = await this.browser.newTab(theme);
    this.seen = await watch(this.page);
  }

  async open(viewport: Viewport, theme: Theme = "light", query = ""): Promise<void> {
    if (theme !== this.#theme) {
      await this.page.close();
      await this.newTab(theme);
    }
    await this.page.setViewport(viewport);
    await this.page.goto(this.host.url + query);
  }

  /** The model is there. */
  async ready(): Promise<void> {
    await this.page.waitForSelector(".bar");
  }

  /** Of the model that the page shows. */
  version(): Promise<string> {
    return this.page.evaluate(() => document.documentElement.dataset["version"] ?? "");
  }

  /**
   * The next frame: what was drawn before it must show in it. WebKit hands over the moves of a mouse with a frame: what they
   * lead to shows in the one after it.
   */
  async nextFrame(): Promise<void> {
    await this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  }

  /** Scroll to a panel, which is fetched then, and wait until the panels around it are there and no longer move it. */
  async panel(id: string): Promise<void> {
    await this.page.waitForSelector(`#${id}`, { visible: true });
    await this.page.$eval(`#${id}`, (section) => {
      section.scrollIntoView();
    });
    await this.page.waitForSelector(`#${id} h2`);
    await this.page.waitForFunction(() =>
      [...document.querySelectorAll("[data-panel]")].every((section) => {
        const { top, bottom, width } = section.getBoundingClientRect();
        const isNear = width > 0 && bottom > 0 && top < innerHeight + 400; // from there on a panel is fetched
        return !isNear || section.childElementCount > 0;
      }),
    );
    await still(this.page, `#${id}`);
  }

  text(selector: string): Promise<string> {
    return this.page.$eval(selector, (element) => element.textContent.trim());
  }

  /** What the page answers: the label in large type and all bars. */
  async answer() {
    await this.nextFrame();
    return this.page.evaluate(() => {
      const textOf = (root: ParentNode, selector: string) => root.querySelector(selector)?.textContent ?? "";
      const bars = [...document.querySelectorAll(".bar")];
      return {
        label: textOf(document, ".glyph"),
        bars: bars.map((bar) => ({
          label: textOf(bar, ".bar-label"),
          percent:
            textOf(bar, ".bar-value") === "" ? null : Number.parseFloat(textOf(bar, ".bar-value").replace(">", "")),
        })),
        winners: bars.filter((bar) => bar.classList.contains("winner")).map((bar) => textOf(bar, ".bar-label")),
      };
    });
  }

  /** How many different colours a canvas shows. */
  colours(selector: string): Promise<number> {
    return this.page.$eval(selector, (element) => {
      const canvas = element as HTMLCanvasElement;
      const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
      return new Set(new Uint32Array(Uint8ClampedArray.from(data).buffer)).size;
    });
  }

  /** By how many CSS pixels the page scrolls sideways. */
  overflow(): Promise<number> {
    return this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  }

  /** @param within What is examined: a whole page with all its panels takes long. */
  async axeFindings(within = "html"): Promise<string[]> {
    await this.page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(".panel { content-visibility: visible !important }"); // also those that are off screen
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    });
    await this.page.evaluate(axe.source);
    const { violations } = await this.page.evaluate(
      (within) => (globalThis as unknown as { axe: typeof axe }).axe.run(within),
      within,
    );
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
  // Its network process crashes now and then (in libgobject) where a connection breaks off: a test that it ends begins anew.
  const retries = { webkit: 1, firefox: 0, chromium: 0 };
  for (const name of only)
    describe(name, { retry: retries[name] }, () => {
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
        await stage.newTab();
      });
      afterEach(() => stage.end());
      scenarios(stage);
    });
}

/** Play what no browser decides in Chromium; `make test-all` plays it in every browser. */
export const inChromium = (scenarios: (stage: Stage) => void, options: Played = {}): void => {
  inEveryBrowser(scenarios, { ...options, ...(!ALL && { only: ["chromium"] as const }) });
};

/** Wait until a condition holds, and return what it says. There is no end but the test's own. */
export async function until<T>(condition: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (;;) {
    const found = await condition();
    if (found) return found;
    await new Promise((resume) => setTimeout(resume, 20)); // ms
  }
}

/** Wait until an element stays where it is, as panels above it arrive; how far below the window's top that is. */
export async function still(page: Pick<Tab, "$eval">, selector: string, leastMs = 0): Promise<number> {
  const { top } = await until(() =>
    page.$eval(
      selector,
      async (element, leastMs) => {
        const { top } = element.getBoundingClientRect();
        const end = performance.now() + leastMs;
        for (let frame = 0; frame < 6 || performance.now() < end; frame++) {
          await new Promise((next) => requestAnimationFrame(next));
          if (element.getBoundingClientRect().top !== top) return null;
        }
        return { top };
      },
      leastMs,
    ),
  );
  return top;
}

type Known<T> = { readonly [K in keyof T]-?: NonNullable<T[K]> };

/** A JSON file of the published model that the page shows first: of the schemas in web/src/runtime/schema.ts. */
export async function published(file: string): Promise<unknown> {
  const { name, version } = (await manifestOf()).manifest;
  return JSON.parse(await readFile(join(SITE, "models", name, version, file), "utf8"));
}

/** The manifest of a published model, by default of the first one, and the names of all. */
export async function manifestOf(name?: string) {
  const read = async (path: string) => JSON.parse(await readFile(join(SITE, "models", path), "utf8")) as unknown;
  const index = (await read("index.json")) as { models: { name: string }[] };
  const entry = name === undefined ? index.models[0] : index.models.find((model) => model.name === name);
  if (!entry) throw new Error(`${SITE} has no model ${String(name)}`);
  const { version } = (await read(`${entry.name}/latest.json`)) as { version: string };
  const manifest = (await read(`${entry.name}/${version}/manifest.json`)) as Known<Manifest>;
  return { manifest, names: index.models.map((model) => model.name) };
}
