// Starts what all tests share: every browser that is installed, and the server. What is missing is said here.
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { createServer, type AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import puppeteer, { type LaunchOptions } from "puppeteer-core";
import type { TestProject } from "vitest/node";

export const BROWSERS = ["chromium", "firefox", "webkit"] as const;
export type BrowserName = (typeof BROWSERS)[number];

/** Where to connect to a browser. */
export interface Running {
  /** One for each worker, or one for all of them, who then take turns. */
  readonly endpoints: readonly string[];
  /** Of one that prefers dark pages. */
  readonly dark?: string;
  /** What a driver starts, and the driver's process. */
  readonly binary?: string;
  readonly driver?: number;
}
/** A browser, or why it is not there. */
export type Found = Running | { readonly missing: string };

declare module "vitest" {
  interface ProvidedContext {
    readonly browsers: Readonly<Record<BrowserName, Found>>;
    /** A folder that is removed at the end: for the locks of browsers that are in use, and for sites. */
    readonly temporary: string;
    /** The port of serve.py. */
    readonly server: number;
  }
}

const ROOT = join(import.meta.dirname, "../..");
const PACKAGES: Readonly<Record<BrowserName, string>> = {
  ...{ chromium: "chromium", firefox: "firefox-esr", webkit: "webkit2gtk-driver" },
};
const stops: (() => unknown)[] = [];

/** The first of `names` on PATH, or what the variable says; throws a sentence on what to do when there is none. */
function find(variable: string, names: readonly string[], package_: string): string {
  const set = process.env[variable];
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const candidates = set ? [set] : names.flatMap((name) => folders.map((folder) => resolve(folder, name)));
  for (const path of candidates) {
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // the next one
    }
  }
  const received = set ? `${variable}=${set}, which cannot be run` : `none of ${names.join(", ")} on PATH`;
  throw new Error(
    `Received: ${received}. Install it (Debian: apt install ${package_}), or set ${variable} to its path.`,
  );
}

async function launch(options: LaunchOptions): Promise<string> {
  const browser = await puppeteer.launch(options);
  stops.push(() => browser.close());
  return browser.wsEndpoint();
}

async function startChromium(workers: number): Promise<Running> {
  const names = ["chromium", "chromium-browser", "google-chrome-stable"];
  const executablePath = find("CHROMIUM", names, PACKAGES.chromium);
  const args = [
    // Chromium's sandbox refuses to start for root, as in most containers.
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    // Without a GPU, WebGL is drawn by software, of which Chromium would warn whenever a slow model tries it.
    "--enable-unsafe-swiftshader",
  ];
  return { endpoints: await Promise.all(Array.from({ length: workers }, () => launch({ executablePath, args }))) };
}

async function startFirefox(): Promise<Running> {
  const executablePath = find("FIREFOX", ["firefox-esr", "firefox"], PACKAGES.firefox);
  const start = async (dark: boolean) => {
    const extraPrefsFirefox = { "ui.systemUsesDarkTheme": dark ? 1 : 0 };
    const browser = await puppeteer.launch({ browser: "firefox", executablePath, extraPrefsFirefox });
    const browserWSEndpoint = browser.wsEndpoint();
    const process = browser.process();
    await browser.disconnect(); // it takes one session at a time, and the tests need it
    stops.push(async () => {
      await (await puppeteer.connect({ browserWSEndpoint, protocol: "webDriverBiDi" })).close();
      process?.kill();
    });
    return browserWSEndpoint;
  };
  const [light, dark] = await Promise.all([start(false), start(true)]);
  return { endpoints: [light], dark };
}

/** Start a process that ends with the tests. */
function child(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const stdio = ["pipe", "pipe", "inherit", "pipe"] as const;
  const started = spawn(command, args, { env: { ...process.env, ...env }, stdio: [...stdio] });
  const kill = () => started.kill();
  process.once("exit", kill);
  stops.push(kill);
  return started;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await promisify(server.close.bind(server))();
  return port;
}

/** The first line that a process says on a stream, or an error if it ends without one. */
async function firstLine(stream: unknown, from: string): Promise<string> {
  for await (const line of createInterface(stream as Readable)) return line;
  throw new Error(`${from} ended at once.`);
}

async function startWebKit(): Promise<Running> {
  const path = find("WEBKITWEBDRIVER", ["WebKitWebDriver"], PACKAGES.webkit);
  const xvfb = find("XVFB", ["Xvfb"], "xvfb");
  const folders = ["x86_64-linux-gnu", "aarch64-linux-gnu", ".", "../libexec"];
  const binaries = folders.map((folder) => `/usr/lib/${folder}/webkit2gtk-4.1/MiniBrowser`);
  const binary = find("MINIBROWSER", binaries, "libwebkit2gtk-4.1-0");
  // Without a window manager the keyboard follows the pointer, which starts in the middle of the screen: on one that is
  // smaller than any window, the window has the focus.
  const screen = child(xvfb, ["-displayfd", "3", "-screen", "0", "400x800x24", "-nolisten", "tcp"]);
  const env = { DISPLAY: `:${await firstLine(screen.stdio[3], xvfb)}`, WAYLAND_DISPLAY: "", NO_AT_BRIDGE: "1" };
  const port = await freePort();
  const { pid: driver = NaN } = child(path, [`--port=${String(port)}`], env);
  const endpoint = `http://127.0.0.1:${String(port)}`;
  while (!(await fetch(`${endpoint}/status`).catch(() => null))) await sleep(50); // ms
  return { endpoints: [endpoint], binary, driver };
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = child(join(ROOT, ".venv/bin/python"), [join(import.meta.dirname, "serve.py")]);
  project.provide("server", Number(await firstLine(server.stdout, "serve.py")));
  const start: Record<BrowserName, () => Promise<Running>> = {
    ...{ chromium: () => startChromium(project.config.maxWorkers), firefox: startFirefox, webkit: startWebKit },
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
  if (entries.every(([, found]) => "missing" in found)) throw new Error("There is no browser to test with; see above.");
  project.provide("browsers", Object.fromEntries(entries) as Record<BrowserName, Found>);
  const temporary = await mkdtemp(join(tmpdir(), "browsers-"));
  project.provide("temporary", temporary);
  return async () => {
    await Promise.allSettled(stops.map((stop) => stop()));
    await rm(temporary, { recursive: true });
  };
}
