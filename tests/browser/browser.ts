// The browsers, each started for one file, and tabs in them that are watched. Scenarios use a tab
// by puppeteer's interface; of it, WebKitGTK's MiniBrowser has as much as they use there, by
// WebKitWebDriver.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import puppeteer, { type Page } from "puppeteer-core";
import { Stage, until } from "./scenario.ts";
import type { Watch } from "./server.ts";

const PROGRAMS = {
  chromium: ["chromium"],
  firefox: ["firefox"],
  webkit: ["WebKitWebDriver", "Xvfb", "MiniBrowser"],
};
export type BrowserName = keyof typeof PROGRAMS;
export const BROWSERS = Object.keys(PROGRAMS) as BrowserName[];
type Fn = (...args: never[]) => unknown;

// ms for a page or a script: as long as for anything else, see vitest.config.mts
const LIMIT = 120_000;
/** Keys, in the order of WebDriver's code points from U+E000 on. */
const KEYS =
  `Unidentified Cancel Help Backspace Tab Clear Return Enter Shift Control Alt Pause Escape Space PageUp PageDown
  End Home ArrowLeft ArrowUp ArrowRight ArrowDown Insert Delete`.split(/\s+/);

/** Paths of the programs that a browser takes; "" for one that is missing. */
export const programsOf = (browser: BrowserName): string[] =>
  execFileSync("sh", [join(import.meta.dirname, "install.sh"), ...PROGRAMS[browser]], {
    encoding: "utf8",
  })
    .split("\n")
    .slice(0, -1);

/**
 * Start a browser, which opens tabs without cookies, caches or service workers of others, and
 * watches them.
 */
export async function launch(name: BrowserName, programs: readonly string[]) {
  if (name === "webkit")
    return { newTab: (seen: Watch) => openWebKit(programs, seen), close: () => Promise.resolve() };
  // Chromium's sandbox refuses to start for root, as in most containers. Without a GPU, WebGL is
  // drawn by software, of which it would warn whenever a slow model tries it.
  const args = [
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    "--enable-unsafe-swiftshader",
  ];
  const running = await puppeteer.launch({
    ...{ defaultViewport: null, timeout: 0, protocolTimeout: 2 * LIMIT },
    ...(name === "chromium" ? { args } : { browser: name }),
    executablePath: programs[0]!,
  });
  const newTab = async (seen: Watch): Promise<Page> => {
    const page = await (await running.createBrowserContext()).newPage();
    page.setDefaultTimeout(LIMIT);
    // A browser asks for an icon, and a blog's policy forbids it.
    const complain = (text: string) => text.includes("favicon") || seen.complaints.push(text);
    page.on("console", (message) => complain(`console ${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => complain(`error: ${String(error)}`));
    page.on("requestfailed", (request) => {
      // by the page itself
      if (!request.failure()?.errorText.includes("ABORTED")) complain(`failed: ${request.url()}`);
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

/**
 * Start a program that ends, with all that it has started, when its standard input does: with this
 * process at the latest.
 */
const start = (program: string, args: readonly string[], env = process.env) =>
  spawn("sh", ["-c", '"$0" "$@" & read -r _; trap "" TERM; kill 0; wait', program, ...args], {
    detached: true,
    env,
  });

/** Open a tab of WebKit, which has a driver, a browser and a screen of its own. */
async function openWebKit([path, xvfb, binary]: readonly string[], seen: Watch): Promise<Page> {
  // Without a window manager the keyboard follows the pointer, which starts in the middle of the
  // screen: on one that is smaller than any window, the window has the focus.
  const screen = start(xvfb!, ["-displayfd", "1", "-screen", "0", "400x800x24"]);
  const [display] = (await once(createInterface(screen.stdout), "line")) as [string];
  const port = 24_000 + Number(display); // which nobody else has, either
  const env = { ...process.env, DISPLAY: `:${display}`, WAYLAND_DISPLAY: "", NO_AT_BRIDGE: "1" };
  const driver = start(path!, [`--port=${port}`], env);
  let session = `http://127.0.0.1:${port}/session`;
  const post = async <T = unknown>(command: string, body: unknown = {}): Promise<T> => {
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(session + command, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    const { value } = (await response.json()) as { value: T };
    if (response.ok) return value;
    throw new Error(`WebKitWebDriver: ${JSON.stringify(value)} for ${JSON.stringify(body)}`);
  };
  const timeouts = { pageLoad: LIMIT, script: LIMIT };
  const alwaysMatch = { "webkitgtk:browserOptions": { binary, args: ["--automation"] }, timeouts };
  const { sessionId } = await until(() =>
    post<{ sessionId: string }>("", { capabilities: { alwaysMatch } }),
  );
  session += `/${sessionId}/`;

  /**
   * Code of the elements that a selector finds; what follows >>> is in the shadow root of what is
   * before it.
   */
  const all = (selector: string) =>
    `${JSON.stringify(selector.split(" >>> "))}.reduce((found, part) =>
      found.flatMap((one) => [...(one.shadowRoot ?? one).querySelectorAll(part)]), [document])`;
  /**
   * Run a script, which may return a promise, in the page, and take what complaints.js has kept.
   */
  const run = async (code: string, ...args: unknown[]) => {
    const script = `const given = [...arguments]; return (async () => { ${code} })().then((value) => {
      return { value, complaints: globalThis.complaints?.splice(0) ?? [] };
    });`;
    const answer = await post<{ value: unknown; complaints: string[] }>("execute/sync", {
      script,
      args,
    });
    seen.complaints.push(...answer.complaints);
    return answer.value;
  };
  const call = (first: string, fn: Fn, args: unknown[]) =>
    run(`return (${fn.toString()})(${first} ...given);`, ...args);
  const $$eval = (selector: string, fn: Fn, ...args: unknown[]) =>
    call(`${all(selector)},`, fn, args);
  const $eval = (selector: string, fn: Fn, ...args: unknown[]) =>
    call(`${all(selector)}[0],`, fn, args);
  const evaluate = (fn: Fn | string, ...args: unknown[]) =>
    typeof fn === "string" ? run(fn) : call("", fn, args);

  const act = (id: "key" | "pointer", type: string, more: object) =>
    post("actions", { actions: [{ type: id, id, actions: [{ type, ...more }] }] });
  const key = (type: "keyDown" | "keyUp", name: string) =>
    act("key", type, {
      value: KEYS.includes(name) ? String.fromCharCode(0xe000 + KEYS.indexOf(name)) : name,
    });
  const $ = async (selector: string) => {
    const found = (await run(`return ${all(selector)}[0] ?? null;`)) as Readonly<
      Record<string, string>
    > | null;
    const inFrame = async (fn: Fn) => {
      await post("frame", { id: found });
      return evaluate(fn).finally(() => post("frame", { id: null }));
    };
    const uploadFile = (text: string) =>
      post(`element/${Object.values(found!)[0]!}/value`, { text });
    return found && { uploadFile, contentFrame: () => ({ evaluate: inFrame }) };
  };
  const tab = {
    ...{ $, $$eval, $eval, evaluate },
    goto: (url: string) => post("url", { url }),
    reload: () => post("refresh"),
    goBack: () => post("back"),
    /** The window keeps its bars, and those a least width of some 450 pixels. */
    async setViewport({ width, height }: { readonly width: number; readonly height: number }) {
      const bars = (await run("return outerHeight - innerHeight;")) as number;
      await post("window/rect", { x: 0, y: 0, width, height: height + bars });
      await until(() => run(`return innerHeight === ${height};`));
    },
    /** As a reader does: by the mouse, where the element rests. */
    async click(selector: string) {
      const { middle } = await Object.assign(new Stage(), { page: tab as unknown as Page }).placeOf(
        selector,
      );
      await tab.mouse.move(...middle);
      await tab.mouse.down();
      await tab.mouse.up();
    },
    focus: (selector: string) => run(`${all(selector)}[0].focus();`),
    select: (selector: string, value: string) =>
      run(
        `const [menu] = ${all(selector)};
        menu.value = given[0];
        for (const type of ["input", "change"]) menu.dispatchEvent(new Event(type, { bubbles: true }));`,
        value,
      ),
    mouse: {
      move: (x: number, y: number) =>
        act("pointer", "pointerMove", { x: Math.round(x), y: Math.round(y) }),
      down: () => act("pointer", "pointerDown", { button: 0 }),
      up: () => act("pointer", "pointerUp", { button: 0 }),
    },
    keyboard: {
      down: (name: string) => key("keyDown", name),
      up: (name: string) => key("keyUp", name),
      press: (name: string) => key("keyDown", name).then(() => key("keyUp", name)),
    },
    browserContext: () => ({
      /**
       * Also where the driver no longer answers, as it does now and then after a page came back
       * from the history.
       */
      async close() {
        for (const { stdin } of [driver, screen]) stdin.end();
        await once(screen, "exit");
      },
    }),
  };
  return tab as unknown as Page;
}
