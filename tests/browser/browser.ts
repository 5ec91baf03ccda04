// Which browsers there are, opening a tab in one, and watching it. They are started once for all tests, by browsers.ts.
import { mkdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import puppeteer, {
  type Browser,
  type ElementHandle,
  type Keyboard,
  type Mouse,
  Page,
  type Touchscreen,
} from "puppeteer-core";
import { inject } from "vitest";
import type { BrowserName, Running } from "./browsers.ts";
import type { Host } from "./server.ts";
import { NO_TOUCH, WebKitTab } from "./webkit.ts";

export type Theme = "light" | "dark";

/**
 * What scenarios may do with a tab, in puppeteer's words and with its meaning. Chromium's and Firefox's tabs are
 * puppeteer's own; WebKit's is ours (webkit.ts).
 */
export interface Tab extends Pick<
  Page,
  | "$eval"
  | "$$eval"
  | "click"
  | "close"
  | "evaluate"
  | "focus"
  | "goto"
  | "hover"
  | "reload"
  | "select"
  | "setViewport"
  | "waitForFunction"
> {
  $(selector: string): Promise<Element | null>;
  waitForSelector(selector: string, options?: { readonly visible?: boolean }): Promise<Element | null>;
  screenshot(options: { readonly path: `${string}.png`; readonly fullPage?: boolean }): Promise<unknown>;
  readonly keyboard: Pick<Keyboard, "down" | "press" | "up">;
  readonly mouse: Pick<Mouse, "down" | "move" | "up">;
  readonly touchscreen: Pick<Touchscreen, "touchEnd" | "touchMove" | "touchStart">;
}
interface Element extends Pick<ElementHandle, "boundingBox" | "click"> {
  /** Of an input for files. */
  uploadFile(path: string): Promise<void>;
}

export interface TestBrowser {
  readonly name: BrowserName;
  /** Why no finger can draw here; null where one can. */
  readonly noTouch: string | null;
  /** A tab without cookies, caches or service workers of others. */
  newTab(theme?: Theme): Promise<Tab>;
  close(): Promise<void>;
}

/** Chromium as puppeteer knows it, for what only its protocol can do. Closing it ends the connection. */
export async function launch(): Promise<Browser> {
  const found = inject("browsers").chromium;
  if ("missing" in found) throw new Error(found.missing);
  return puppeteer.connect({
    browserWSEndpoint: found.endpoint,
    defaultViewport: null,
  });
}

const OPENERS: Readonly<Record<BrowserName, (running: Running) => Promise<Omit<TestBrowser, "name">>>> = {
  async chromium({ endpoint }) {
    const browser = await puppeteer.connect({
      browserWSEndpoint: endpoint,
      defaultViewport: null,
    });
    return {
      noTouch: null,
      async newTab(theme = "light") {
        const page = await privateTab(browser);
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
        return page;
      },
      close: () => browser.disconnect(),
    };
  },

  async firefox({ endpoint, dark = "" }) {
    // Its protocol cannot change the theme of a page: there is a second Firefox, whose preferences say dark.
    const connect = (browserWSEndpoint: string) =>
      puppeteer.connect({
        browserWSEndpoint,
        protocol: "webDriverBiDi",
        defaultViewport: null,
      });
    const light = await connect(endpoint);
    let other: Browser | null = null;
    return {
      noTouch: null,
      async newTab(theme = "light") {
        if (theme === "dark") other ??= await connect(dark);
        return privateTab(theme === "dark" && other ? other : light);
      },
      async close() {
        await other?.disconnect();
        await light.disconnect();
      },
    };
  },

  async webkit({ endpoint, driver = NaN }) {
    let session: Awaited<ReturnType<typeof WebKitTab.start>> | null = null;
    let shown: Theme = "light";
    return Promise.resolve({
      noTouch: NO_TOUCH,
      async newTab(theme: Theme = "light") {
        if (session && (theme !== shown || !(await session.answers()))) {
          await session.end();
          session = null;
        }
        shown = theme;
        session ??= await WebKitTab.start(endpoint, driver, theme === "dark");
        return session;
      },
      async close() {
        await session?.end();
      },
    });
  },
};

/** Connect to a browser that is there: see `inject("browsers")`. */
export async function connect(name: BrowserName): Promise<TestBrowser> {
  const found = inject("browsers")[name];
  if ("missing" in found) throw new Error(found.missing);
  const unlock = await lock(name);
  const opened = await OPENERS[name](found);
  return {
    name,
    ...opened,
    async close() {
      try {
        await opened.close();
      } finally {
        await unlock();
      }
    },
  };
}

/** A browser plays one file at a time: two of the drivers take one session only. Waits for its turn. */
async function lock(name: BrowserName): Promise<() => Promise<void>> {
  const path = join(inject("locks"), name);
  for (;;) {
    try {
      await mkdir(path);
      return () => rmdir(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      await new Promise((resume) => setTimeout(resume, 100)); // ms
    }
  }
}

/** A tab of Chromium or Firefox, for what only puppeteer can do. */
export function asPage(tab: Tab): Page {
  if (!(tab instanceof Page)) throw new Error("The tab must be one of puppeteer’s. Received: WebKit’s.");
  return tab;
}

/** Run a function in the document of an <iframe>, which may be of no origin at all. */
export async function evaluateIn<Result>(tab: Tab, selector: string, fn: () => Result): Promise<Awaited<Result>> {
  if (tab instanceof WebKitTab) {
    return tab.evaluateIn(selector, fn) as Promise<Awaited<Result>>;
  }
  const iframe = await asPage(tab).$(selector);
  const frame = await iframe?.contentFrame();
  if (!frame) throw new Error(`The page has no frame ${selector}.`);
  return frame.evaluate(fn);
}

async function privateTab(browser: Browser): Promise<Page> {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  page.once("close", () => void context.close().catch(() => undefined));
  return page;
}

/** What went wrong on a page, or left it, since it was opened. */
export interface Watch {
  readonly complaints: readonly string[];
  /** Addresses of all requests; in WebKit, of those that reached the host. */
  readonly requests: readonly string[];
}

/**
 * Start watching a page, before it goes anywhere. `host` is needed only for WebKit's, and `ear` only where that page may not
 * speak to its own host.
 */
export async function watch(page: Tab, host?: Host, ear?: Host): Promise<Watch> {
  if (page instanceof WebKitTab) {
    if (!host) throw new Error("WebKit’s tab is watched by way of its host.");
    return host.watch(ear); // its driver tells nothing of the console
  }
  const tab = asPage(page);
  const complaints: string[] = [];
  const requests: string[] = [];
  tab.on("console", (message) => complaints.push(`console ${message.type()}: ${message.text()}`));
  tab.on("pageerror", (error) => complaints.push(`error: ${String(error)}`));
  tab.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText ?? "";
    if (!reason.includes("ABORTED")) complaints.push(`failed: ${request.url()}`); // what the page itself stops is no failure
  });
  tab.on("request", (request) => requests.push(request.url()));
  await tab.evaluateOnNewDocument(() => {
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
      console.error(`policy violation: ${violatedDirective} ${blockedURI}`);
    });
  });
  return { complaints, requests };
}
