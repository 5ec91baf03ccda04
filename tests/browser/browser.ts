// The browsers, each started for one file, and tabs in them that are watched. Scenarios use a tab by puppeteer's interface.
import { existsSync } from "node:fs";
import { delimiter, resolve } from "node:path";
import puppeteer, {
  type Browser,
  type Keyboard,
  type LaunchOptions,
  type Mouse,
  Page,
  type Touchscreen,
} from "puppeteer-core";
import { told, type Watch } from "./server.ts";
import { NO_TOUCH, WebKitTab } from "./webkit.ts";

export const BROWSERS = ["chromium", "firefox", "webkit"] as const;
export type BrowserName = (typeof BROWSERS)[number];
export type Theme = "light" | "dark";

type Same = "$eval" | "$$eval" | "click" | "close" | "evaluate" | "focus" | "goto" | "hover" | "reload" | "select";
export interface Tab extends Pick<Page, Same | "setViewport" | "waitForFunction"> {
  /** An input for files. */
  $(selector: string): Promise<{ uploadFile(path: string): Promise<void> } | null>;
  waitForSelector(selector: string, options?: { readonly visible?: boolean }): Promise<unknown>;
  readonly keyboard: Pick<Keyboard, "down" | "press" | "up">;
  readonly mouse: Pick<Mouse, "down" | "move" | "up">;
  readonly touchscreen: Pick<Touchscreen, "touchEnd" | "touchMove" | "touchStart">;
}

/** The program that a variable names, or the first of these on PATH. */
function find(variable: string, ...names: readonly string[]): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const paths = names.flatMap((name) => folders.map((folder) => resolve(folder, name)));
  return [process.env[variable] ?? "", ...paths].find((path) => existsSync(path));
}

/** Paths of the programs that a browser takes; null where one is missing. */
export function programsOf(name: BrowserName): readonly string[] | null {
  const inLibraries = (folder: string) => `/usr/${folder}/webkit2gtk-4.1/MiniBrowser`;
  const found = {
    chromium: () => [find("CHROMIUM", "chromium", "chromium-browser", "google-chrome-stable")],
    firefox: () => [find("FIREFOX", "firefox-esr", "firefox")],
    webkit: () => [
      find("WEBKITWEBDRIVER", "WebKitWebDriver"),
      find("XVFB", "Xvfb"),
      find("MINIBROWSER", ...["lib/x86_64-linux-gnu", "lib/aarch64-linux-gnu", "lib", "libexec"].map(inLibraries)),
    ],
  }[name]();
  return found.every((path) => path !== undefined) ? found : null;
}

const OPTIONS: Readonly<Record<"chromium" | "firefox", (theme: Theme) => LaunchOptions>> = {
  chromium: () => ({
    args: [
      // Chromium's sandbox refuses to start for root, as in most containers.
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      // Without a GPU, WebGL is drawn by software, of which Chromium would warn whenever a slow model tries it.
      "--enable-unsafe-swiftshader",
    ],
  }),
  // Its protocol cannot change the theme of a page.
  firefox: (theme) => ({
    browser: "firefox",
    extraPrefsFirefox: { "ui.systemUsesDarkTheme": theme === "dark" ? 1 : 0 },
  }),
};

export class TestBrowser {
  readonly #running: Partial<Record<Theme, Promise<Browser>>> = {};
  constructor(readonly name: BrowserName) {}

  /** Why no finger can draw here; null where one can. */
  get noTouch(): string | null {
    return this.name === "webkit" ? NO_TOUCH : null;
  }

  /** A tab without cookies, caches or service workers of others. */
  async newTab(theme: Theme): Promise<Tab> {
    const { name } = this;
    const programs = programsOf(name) ?? [];
    if (name === "webkit") return WebKitTab.start(programs, theme === "dark");
    const never = { defaultViewport: null, protocolTimeout: 0, timeout: 0 }; // waits have no end but the test's
    const browser = await (this.#running[name === "firefox" ? theme : "light"] ??= puppeteer.launch({
      ...OPTIONS[name](theme),
      ...never,
      executablePath: programs[0]!,
    }));
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    page.setDefaultTimeout(0);
    page.once("close", () => void context.close().catch(() => undefined));
    if (name === "chromium") await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
    return page;
  }

  async close(): Promise<void> {
    for (const browser of Object.values(this.#running)) await (await browser).close();
  }
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
  const seen: Watch = { complaints: [], requests: [] };
  told.to = tab instanceof WebKitTab ? seen : null; // its driver tells nothing of the console
  if (told.to) return seen;
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
