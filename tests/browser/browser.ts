// The browsers, each started for one file, and tabs in them that are watched. Scenarios use a tab by puppeteer's interface.
import { existsSync } from "node:fs";
import { delimiter, resolve } from "node:path";
import puppeteer, { type Browser, type Keyboard, type Mouse, Page, type Touchscreen } from "puppeteer-core";
import { told, type Watch } from "./server.ts";
import { WebKitTab } from "./webkit.ts";

/** The programs that each takes: a variable with the path of one, or else its names on PATH. */
const PROGRAMS = {
  chromium: [["CHROMIUM", "chromium", "chromium-browser", "google-chrome-stable"]],
  firefox: [["FIREFOX", "firefox-esr", "firefox"]],
  webkit: [
    ["WEBKITWEBDRIVER", "WebKitWebDriver"],
    ["XVFB", "Xvfb"],
    [
      "MINIBROWSER",
      ...["lib/x86_64-linux-gnu", "lib/aarch64-linux-gnu", "lib", "libexec"].map(
        (folder) => `/usr/${folder}/webkit2gtk-4.1/MiniBrowser`,
      ),
    ],
  ],
} as const;
export type BrowserName = keyof typeof PROGRAMS;
export const BROWSERS = Object.keys(PROGRAMS) as BrowserName[];

type Same = "$eval" | "$$eval" | "click" | "close" | "evaluate" | "focus" | "goto" | "reload" | "select";
export interface Tab extends Pick<Page, Same | "setViewport" | "waitForFunction"> {
  /** An input for files. */
  $(selector: string): Promise<{ uploadFile(path: string): Promise<void> } | null>;
  waitForSelector(selector: string, options?: { readonly visible?: boolean }): Promise<unknown>;
  readonly keyboard: Pick<Keyboard, "down" | "press" | "up">;
  readonly mouse: Pick<Mouse, "down" | "move" | "up">;
  /** WebKitWebDriver accepts touch, but hands it to the page as events of a mouse. */
  readonly touchscreen?: Pick<Touchscreen, "touchEnd" | "touchMove" | "touchStart">;
}

/** Paths of the programs that a browser takes; null where one is missing. */
export function programsOf(browser: BrowserName): string[] | null {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const found = PROGRAMS[browser].map(([variable, ...names]) =>
    [process.env[variable] ?? "", ...names.flatMap((name) => folders.map((folder) => resolve(folder, name)))].find(
      (path) => existsSync(path),
    ),
  );
  return found.every((path) => path !== undefined) ? found : null;
}

const CHROMIUM_ARGS = [
  // Chromium's sandbox refuses to start for root, as in most containers.
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
  // Without a GPU, WebGL is drawn by software, of which Chromium would warn whenever a slow model tries it.
  "--enable-unsafe-swiftshader",
];

export class TestBrowser {
  #running: Browser | undefined;
  constructor(readonly name: BrowserName) {}

  /** A tab without cookies, caches or service workers of others. */
  async newTab(): Promise<Tab> {
    const programs = programsOf(this.name) ?? [];
    if (this.name === "webkit") return new WebKitTab().start(programs);
    this.#running ??= await puppeteer.launch({
      ...{ defaultViewport: null, protocolTimeout: 0, timeout: 0 }, // waits have no end but the test's
      ...(this.name === "chromium" ? { args: CHROMIUM_ARGS } : { browser: this.name }),
      executablePath: programs[0]!,
    });
    const context = await this.#running.createBrowserContext();
    const page = await context.newPage();
    page.setDefaultTimeout(0);
    page.once("close", () => void context.close().catch(() => undefined));
    return page;
  }

  close = async (): Promise<void> => this.#running?.close();
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

/** Start watching a page, before it goes anywhere. */
export async function watch(tab: Tab): Promise<Watch> {
  if (tab instanceof WebKitTab) return tab.seen;
  told.to = null;
  const seen: Watch = { complaints: [], requests: [] };
  const page = asPage(tab);
  page.on("console", (message) => seen.complaints.push(`console ${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => seen.complaints.push(`error: ${String(error)}`));
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText ?? "";
    if (!reason.includes("ABORTED")) seen.complaints.push(`failed: ${request.url()}`); // what the page itself stops is no failure
  });
  page.on("request", (request) => seen.requests.push(request.url()));
  await page.evaluateOnNewDocument(() => {
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
      console.error(`policy violation: ${violatedDirective} ${blockedURI}`);
    });
  });
  return seen;
}
