// Opening a tab in one of the browsers that browsers.ts has started, and watching it.
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
import { until } from "./scenario.ts";
import type { Host } from "./server.ts";
import { NO_TOUCH, WebKitTab } from "./webkit.ts";

export type Theme = "light" | "dark";

type Same = "$eval" | "$$eval" | "click" | "close" | "evaluate" | "focus" | "goto" | "hover" | "reload" | "select";
/** Scenarios use a tab by puppeteer's interface. Chromium's and Firefox's tabs are puppeteer's own. */
export interface Tab extends Pick<Page, Same | "setViewport" | "waitForFunction"> {
  $(selector: string): Promise<Element | null>;
  waitForSelector(selector: string, options?: { readonly visible?: boolean }): Promise<Element | null>;
  screenshot(options: { readonly path: `${string}.png` }): Promise<unknown>;
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

function found(name: BrowserName): Running {
  const found = inject("browsers")[name];
  if ("missing" in found) throw new Error(found.missing);
  return found;
}

const puppet = (browserWSEndpoint = "", protocol: "cdp" | "webDriverBiDi" = "cdp") =>
  puppeteer.connect({ browserWSEndpoint, protocol, defaultViewport: null, protocolTimeout: 0 });

/** Chromium as puppeteer knows it, for what only its protocol can do. Closing it ends the connection. */
export function launch(): Promise<Browser> {
  const { endpoints } = found("chromium"); // one for each worker
  return puppet(endpoints[(Number(process.env["VITEST_POOL_ID"] ?? 1) - 1) % endpoints.length]);
}

const OPENERS: Readonly<Record<BrowserName, (running: Running) => Promise<Omit<TestBrowser, "name">>>> = {
  async chromium() {
    const browser = await launch();
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

  async firefox({ endpoints: [light], dark }) {
    // Its protocol cannot change the theme of a page: there is a second Firefox, whose preferences say dark.
    const unlock = await lock("firefox");
    const connected: Partial<Record<Theme, Browser>> = {};
    return {
      noTouch: null,
      newTab: async (theme = "light") =>
        privateTab((connected[theme] ??= await puppet(theme === "dark" ? dark : light, "webDriverBiDi"))),
      async close() {
        for (const browser of Object.values(connected)) await browser.disconnect();
        await unlock();
      },
    };
  },

  async webkit(running) {
    const unlock = await lock("webkit");
    let session: WebKitTab | null = null;
    let shown: Theme = "light";
    return {
      noTouch: NO_TOUCH,
      async newTab(theme: Theme = "light") {
        if (session && (theme !== shown || !(await session.answers()))) {
          await session.end();
          session = null;
        }
        shown = theme;
        return (session ??= await WebKitTab.start(running, theme === "dark"));
      },
      async close() {
        await session?.end();
        await unlock();
      },
    };
  },
};

/** Connect to a browser that is there: see `inject("browsers")`. */
export const connect = async (name: BrowserName): Promise<TestBrowser> => ({
  name,
  ...(await OPENERS[name](found(name))),
});

/** Firefox and WebKit play one file at a time: their drivers take one session only. Waits for its turn. */
async function lock(name: BrowserName): Promise<() => Promise<void>> {
  const path = join(inject("temporary"), name);
  await until(async () => {
    try {
      await mkdir(path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    }
  });
  return () => rmdir(path);
}

/** A tab of Chromium or Firefox, for what only puppeteer can do. */
export function asPage(tab: Tab): Page {
  if (!(tab instanceof Page)) throw new Error("The tab must be one of puppeteer’s. Received: WebKit’s.");
  return tab;
}

/** Run a function in the document of an <iframe>, which may be of no origin at all. */
export async function evaluateIn<Result>(tab: Tab, selector: string, fn: () => Result): Promise<Awaited<Result>> {
  if (tab instanceof WebKitTab) return tab.evaluateIn(selector, fn) as Promise<Awaited<Result>>;
  const frame = await (await asPage(tab).$(selector))?.contentFrame();
  if (!frame) throw new Error(`The page has no frame ${selector}.`);
  return frame.evaluate(fn);
}

async function privateTab(browser: Browser): Promise<Page> {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  page.setDefaultTimeout(0); // waits have no end but the test's
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
 * Start watching a page, before it goes anywhere. `host` is needed only for WebKit's, and `complaintHost` only where that page may not
 * speak to its own host.
 */
export async function watch(page: Tab, host?: Host, complaintHost?: Host): Promise<Watch> {
  if (page instanceof WebKitTab) {
    if (!host) throw new Error("WebKit’s tab is watched by way of its host.");
    return host.watch(complaintHost); // its driver tells nothing of the console
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
