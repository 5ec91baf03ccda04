// Starts every browser that is installed, once for all tests, and stops them at the end. What is missing is said here.
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Readable } from "node:stream";
import puppeteer, { type LaunchOptions } from "puppeteer-core";
import type { TestProject } from "vitest/node";
import { findMiniBrowser } from "./webkit.ts";

export const BROWSERS = ["chromium", "firefox", "webkit"] as const;
export type BrowserName = (typeof BROWSERS)[number];

/** Where to connect to a browser (`dark`: to one that prefers dark pages), and the process that starts it by order. */
export interface Running {
  readonly endpoint: string;
  readonly dark?: string;
  readonly driver?: number;
}
/** A browser, or why it is not there. */
export type Found = Running | { readonly missing: string };

declare module "vitest" {
  interface ProvidedContext {
    readonly browsers: Readonly<Record<BrowserName, Found>>;
    /** A folder for the locks of browsers that are in use. */
    readonly locks: string;
  }
}

type Stop = () => Promise<unknown>;

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first of `names` on PATH, or what the variable says; throws a sentence on what to do when there is none. */
function find(variable: string, names: readonly string[], package_: string): string {
  const set = process.env[variable];
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const candidates = set ? [set] : names.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = candidates.find(isExecutable);
  if (found !== undefined) return found;
  const received = set ? `${variable}=${set}, which cannot be run` : `none of ${names.join(", ")} on PATH`;
  throw new Error(
    `Received: ${received}. Install it (Debian: apt install ${package_}), or set ${variable} to its path.`,
  );
}

async function launch(options: LaunchOptions, stops: Stop[]): Promise<string> {
  const browser = await puppeteer.launch(options);
  stops.push(() => browser.close());
  return browser.wsEndpoint();
}

async function startFirefox(executablePath: string, dark: boolean, stops: Stop[]): Promise<string> {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath,
    extraPrefsFirefox: { "ui.systemUsesDarkTheme": dark ? 1 : 0 },
  });
  const child = browser.process();
  const endpoint = browser.wsEndpoint();
  await browser.disconnect(); // it takes one session at a time, and the tests need it
  stops.push(async () => {
    const again = await puppeteer.connect({
      browserWSEndpoint: endpoint,
      protocol: "webDriverBiDi",
    });
    await again.close();
    child?.kill();
  });
  return endpoint;
}

function child(command: string, args: readonly string[], env: NodeJS.ProcessEnv, stops: Stop[]): ChildProcess {
  const started = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const kill = () => started.kill();
  process.once("exit", kill);
  stops.push(() => Promise.resolve(kill()));
  return started;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

async function startWebKit(stops: Stop[]): Promise<Running> {
  const path = find("WEBKITWEBDRIVER", ["WebKitWebDriver"], PACKAGES.webkit);
  const xvfb = find("XVFB", ["Xvfb"], "xvfb");
  findMiniBrowser();
  // Without a window manager the keyboard follows the pointer, which starts in the middle of the screen: on one that is
  // smaller than any window, the window has the focus.
  const screen = child(xvfb, ["-displayfd", "3", "-screen", "0", "400x800x24", "-nolisten", "tcp"], {}, stops);
  const display = await new Promise<string>((resolve, reject) => {
    (screen.stdio[3] as Readable).once("data", (number: Buffer) => {
      resolve(`:${number.toString().trim()}`);
    });
    screen.once("exit", () => {
      reject(new Error("Xvfb ended at once."));
    });
  });
  const port = await freePort();
  const env = { DISPLAY: display, WAYLAND_DISPLAY: "", NO_AT_BRIDGE: "1" };
  const { pid: driver = NaN } = child(path, [`--port=${String(port)}`], env, stops);
  const endpoint = `http://127.0.0.1:${String(port)}`;
  for (let tries = 0; ; tries++) {
    try {
      await fetch(`${endpoint}/status`);
      return { endpoint, driver };
    } catch (error) {
      if (tries > 100) throw error;
      await new Promise((resume) => setTimeout(resume, 50)); // ms
    }
  }
}

const PACKAGES: Readonly<Record<BrowserName, string>> = {
  chromium: "chromium",
  firefox: "firefox-esr",
  webkit: "webkit2gtk-driver",
};

export default async function setup(project: TestProject): Promise<Stop> {
  const stops: Stop[] = [];
  const start: Record<BrowserName, () => Promise<Found>> = {
    chromium: async () => ({
      endpoint: await launch(
        {
          executablePath: find("CHROMIUM", ["chromium", "chromium-browser", "google-chrome-stable"], PACKAGES.chromium),
          args: [
            // Chromium's sandbox refuses to start for root, as in most containers.
            ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
            // Without a GPU, WebGL is drawn by software, of which Chromium would warn whenever a slow model tries it.
            "--enable-unsafe-swiftshader",
          ],
        },
        stops,
      ),
    }),
    firefox: async () => {
      const path = find("FIREFOX", ["firefox-esr", "firefox"], PACKAGES.firefox);
      const [endpoint, dark] = await Promise.all([startFirefox(path, false, stops), startFirefox(path, true, stops)]);
      return { endpoint, dark };
    },
    webkit: () => startWebKit(stops),
  };
  const entries = await Promise.all(
    BROWSERS.map(async (name): Promise<[BrowserName, Found]> => {
      try {
        return [name, await start[name]()];
      } catch (error) {
        const missing = `${name} cannot be tested here. ${(error as Error).message}`;
        console.warn(missing);
        return [name, { missing }];
      }
    }),
  );
  if (entries.every(([, found]) => "missing" in found)) {
    throw new Error("There is no browser to test with; see above.");
  }
  project.provide("browsers", Object.fromEntries(entries) as Record<BrowserName, Found>);
  const locks = await mkdtemp(join(tmpdir(), "browsers-"));
  project.provide("locks", locks);
  return async () => {
    await Promise.allSettled(stops.map((stop) => stop()));
    await rm(locks, { recursive: true });
  };
}
