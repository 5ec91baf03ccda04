// Finding and watching the browser.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import puppeteer, { type Browser, type Page } from "puppeteer-core";

function findChromium(): string {
  const { CHROMIUM, PATH = "" } = process.env;
  const names = [
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
  ];
  const candidates = CHROMIUM
    ? [CHROMIUM]
    : names.flatMap((name) =>
        PATH.split(delimiter).map((folder) => join(folder, name)),
      );
  const found = candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found) return found;
  const received = CHROMIUM
    ? `CHROMIUM=${CHROMIUM}, which cannot be run`
    : `none of ${names.join(", ")} on PATH`;
  throw new Error(
    `The browser tests need Chromium or Chrome. Received: ${received}. Install one (Debian: apt install chromium), ` +
      "or set CHROMIUM to its path.",
  );
}

export function launch(): Promise<Browser> {
  return puppeteer.launch({
    executablePath: findChromium(),
    // Chromium's sandbox refuses to start for root, as in most containers.
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
}

/** What went wrong on a page, or left it, since it was opened. */
export interface Watch {
  readonly complaints: readonly string[];
  /** Addresses of all requests. */
  readonly requests: readonly string[];
}

/** Start watching a page, before it goes anywhere. */
export async function watch(page: Page): Promise<Watch> {
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) =>
    complaints.push(`console ${message.type()}: ${message.text()}`),
  );
  page.on("pageerror", (error) => complaints.push(`error: ${String(error)}`));
  page.on("requestfailed", (request) =>
    complaints.push(`failed: ${request.url()}`),
  );
  page.on("request", (request) => requests.push(request.url()));
  await page.evaluateOnNewDocument(() => {
    document.addEventListener(
      "securitypolicyviolation",
      ({ violatedDirective, blockedURI }) => {
        console.error(`policy violation: ${violatedDirective} ${blockedURI}`);
      },
    );
  });
  return { complaints, requests };
}
