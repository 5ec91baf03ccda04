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

/** Paths of the programs that a browser takes; "" for one that is missing. */
export const programsOf = (browser: BrowserName): string[] =>
  PROGRAMS[browser].map((names) =>
    execSync(`for name in ${names}; do command -v $name && exit; done; true`, { encoding: "utf8" }).trim(),
  );

/** Start a browser, which opens tabs without cookies, caches or service workers of others, and watches them. */
export async function launch(name: BrowserName) {
  const programs = programsOf(name);
  if (name === "webkit") return { newTab: (seen: Watch) => openWebKit(programs, seen), close: () => Promise.resolve() };
  // Chromium's sandbox refuses to start for root, as in most containers. Without a GPU, WebGL is drawn by software, of which it
  // would warn whenever a slow model tries it.
  const args = [...(process.getuid?.() === 0 ? ["--no-sandbox"] : []), "--enable-unsafe-swiftshader"];
  const running = await puppeteer.launch({
    ...{ defaultViewport: null, protocolTimeout: 0, timeout: 0 }, // waits have no end but the test's
    ...(name === "chromium" ? { args } : { browser: name }),
    executablePath: programs[0]!,
  });
  const newTab = async (seen: Watch): Promise<Page> => {
    const page = await (await running.createBrowserContext()).newPage();
    page.setDefaultTimeout(0);
    page.once(
      "close",
      () =>
        void page
          .browserContext()
          .close()
          .catch(() => undefined),
    );
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
