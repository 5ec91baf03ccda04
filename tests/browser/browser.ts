// The browsers, each started for one file, and tabs in them that are watched. Scenarios use a tab by puppeteer's interface.
import { execSync } from "node:child_process";
import puppeteer, { type Page } from "puppeteer-core";
import type { Watch } from "./server.ts";
import { openWebKit } from "./webkit.ts";

/** The programs that each takes: the first of these that is there. */
const PROGRAMS = {
  chromium: ["$CHROMIUM chromium chromium-browser google-chrome-stable"],
  firefox: ["$FIREFOX firefox-esr firefox"],
  webkit: [
    "$WEBKITWEBDRIVER WebKitWebDriver",
    "$XVFB Xvfb",
    "$MINIBROWSER /usr/lib/*/webkit2gtk-4.1/MiniBrowser /usr/lib*/webkit2gtk-4.1/MiniBrowser",
  ],
} as const;
export type BrowserName = keyof typeof PROGRAMS;
export const BROWSERS = Object.keys(PROGRAMS) as BrowserName[];

/** Paths of the programs that a browser takes; null where one is missing. */
export function programsOf(browser: BrowserName): string[] | null {
  const find = (names: string) => `for name in ${names}; do command -v $name && exit; done; true`;
  const found = PROGRAMS[browser].map((names) => execSync(find(names), { encoding: "utf8" }).trim());
  return found.includes("") ? null : found;
}

const CHROMIUM_ARGS = [
  // Chromium's sandbox refuses to start for root, as in most containers.
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
  // Without a GPU, WebGL is drawn by software, of which Chromium would warn whenever a slow model tries it.
  "--enable-unsafe-swiftshader",
];

/** Start a browser, which opens tabs without cookies, caches or service workers of others, and watches them. */
export async function launch(name: BrowserName) {
  const programs = programsOf(name) ?? [];
  if (name === "webkit") return { newTab: (seen: Watch) => openWebKit(programs, seen), close: () => Promise.resolve() };
  const running = await puppeteer.launch({
    ...{ defaultViewport: null, protocolTimeout: 0, timeout: 0 }, // waits have no end but the test's
    ...(name === "chromium" ? { args: CHROMIUM_ARGS } : { browser: name }),
    executablePath: programs[0]!,
  });
  const newTab = async (seen: Watch): Promise<Page> => {
    const context = await running.createBrowserContext();
    const page = await context.newPage();
    page.setDefaultTimeout(0);
    page.once("close", () => void context.close().catch(() => undefined));
    // A browser asks for an icon, and a blog's policy forbids it.
    const complain = (text: string) => (text.includes("favicon") ? 0 : seen.complaints.push(text));
    page.on("console", (message) => complain(`console ${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => complain(`error: ${String(error)}`));
    page.on("requestfailed", (request) => {
      if (!request.failure()?.errorText.includes("ABORTED")) complain(`failed: ${request.url()}`); // by the page itself
    });
    page.on("request", (request) => seen.requests.push(request.url()));
    await page.evaluateOnNewDocument(() => {
      document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
        console.error(`policy violation: ${violatedDirective} ${blockedURI}`);
      });
    });
    return page;
  };
  return { newTab, close: () => running.close() };
}
