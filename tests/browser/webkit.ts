// A tab of WebKitGTK's MiniBrowser, driven through WebKitWebDriver: the classic WebDriver protocol, in puppeteer's words.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Tab } from "./browser.ts";
import { still, until } from "./scenario.ts";

type Fn = ((...args: never[]) => unknown) | string;

/** Of keys: their place in a private area of Unicode. */
const KEYS: Readonly<Record<string, number>> = {
  ...{ Backspace: 3, Tab: 4, Enter: 7, Shift: 8, Control: 9, Escape: 0xc, End: 0x10, Home: 0x11, Delete: 0x17 },
  ...{ ArrowLeft: 0x12, ArrowUp: 0x13, ArrowRight: 0x14, ArrowDown: 0x15 },
};
const keyAction = (type: "keyDown" | "keyUp", key: string) => {
  const code = KEYS[key];
  return { type, value: code === undefined ? key : String.fromCharCode(0xe000 + code) };
};
const MOUSE = { type: "pointer", id: "mouse", parameters: { pointerType: "mouse" } };
const KEYBOARD = { type: "key", id: "keyboard" };

export const NO_TOUCH = "WebKitWebDriver accepts touch, but hands it to the page as events of a mouse";
const noTouch = () => Promise.reject(new Error(NO_TOUCH));

/** Start a program that ends, with all that it has started, when its standard input does: with this process at the latest. */
function start(env: NodeJS.ProcessEnv, ...command: readonly string[]): ChildProcess {
  const script = '"$@" & read -r _; kill 0';
  const stdio = ["pipe", "ignore", "ignore", "pipe"] as const;
  return spawn("sh", ["-c", script, "sh", ...command], { env, detached: true, stdio: [...stdio] });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await promisify(server.close.bind(server))();
  return port;
}

export class WebKitTab implements Tab {
  #session = "";
  readonly #processes: readonly ChildProcess[];
  private constructor(...processes: readonly ChildProcess[]) {
    this.#processes = processes;
  }

  /** Each tab has a driver, a browser and a screen of its own. */
  static async start([path, xvfb, binary]: readonly string[], isDark: boolean): Promise<WebKitTab> {
    // Without a window manager the keyboard follows the pointer, which starts in the middle of the screen: on one that is
    // smaller than any window, the window has the focus.
    const args = ["-displayfd", "3", "-screen", "0", "400x800x24", "-nolisten", "tcp"];
    const screen = start(process.env, xvfb!, ...args);
    const [display] = (await once(createInterface(screen.stdio[3] as Readable), "line")) as [string];
    const port = await freePort();
    const env = { ...process.env, DISPLAY: `:${display}`, WAYLAND_DISPLAY: "", NO_AT_BRIDGE: "1" };
    const tab = new WebKitTab(screen, start(env, path!, `--port=${String(port)}`));
    const sessions = `http://127.0.0.1:${String(port)}/session`;
    await until(() => fetch(sessions.replace("session", "status")).catch(() => null));
    const options = { binary, args: ["--automation", ...(isDark ? ["--dark-mode"] : [])] };
    const timeouts = { pageLoad: 3_600_000, script: 3_600_000 }; // ms; there is no end but the test's
    const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": options, timeouts } };
    const { sessionId } = await call<{ sessionId: string }>(sessions, { capabilities });
    tab.#session = `${sessions}/${sessionId}`;
    return tab;
  }

  /** Also where the driver no longer answers, as it does now and then after a page came back from the history. */
  close(): Promise<void> {
    for (const { stdin } of this.#processes) stdin!.end();
    return Promise.resolve();
  }

  goto = (url: string) => this.#post<null>("url", { url });
  reload = () => this.#post<null>("refresh");
  back = () => this.#post<undefined>("back");

  /** The window keeps its bars, and those a least width of some 450 pixels. */
  async setViewport(size: { readonly width: number; readonly height: number } | null): Promise<void> {
    if (!size) return;
    let bars = 38; // pixels; corrected below where it is another number
    for (let tries = 0; tries < 2; tries++) {
      const height = size.height + bars;
      await this.#post("window/rect", { x: 0, y: 0, width: size.width, height });
      for (let waits = 0; waits < 25; waits++) {
        const inner = await this.evaluate(() => innerHeight);
        if (inner === size.height) return;
        bars = height - inner;
        await sleep(20); // ms
      }
    }
  }

  /** Run a function in the document of an <iframe>. */
  async evaluateIn(selector: string, fn: Fn): Promise<unknown> {
    await this.#post("frame", { id: await this.#element(selector) });
    try {
      return await this.#run(fn, "", []);
    } finally {
      await this.#post("frame", { id: null });
    }
  }

  readonly evaluate = ((fn: Fn, ...args: unknown[]) => this.#run(fn, "", args)) as Tab["evaluate"];

  readonly $eval = ((selector: string, fn: Fn, ...args: unknown[]) =>
    this.#run(fn, `document.querySelector(${JSON.stringify(selector)}),`, args)) as Tab["$eval"];

  readonly $$eval = ((selector: string, fn: Fn, ...args: unknown[]) =>
    this.#run(fn, `[...document.querySelectorAll(${JSON.stringify(selector)})],`, args)) as Tab["$$eval"];

  async #run(fn: Fn, first: string, args: readonly unknown[]) {
    const script =
      typeof fn === "string"
        ? `${fn}; arguments[arguments.length - 1]({ value: null });`
        : `const done = arguments[arguments.length - 1];
           (async () => (${fn.toString()})(${first} ...arguments[0]))().then(
             (value) => done({ value }),
             (error) => done({ error: String(error) }),
           );`;
    const answer = await this.#post<{ value?: unknown; error?: string }>("execute/async", { script, args: [args] });
    if (answer.error !== undefined) throw new Error(`${answer.error} in ${first} ${fn.toString()}`);
    return answer.value;
  }

  readonly waitForFunction = ((fn: Fn, _options?: unknown, ...args: unknown[]) =>
    until(() => this.#run(fn, "", args))) as unknown as Tab["waitForFunction"];

  async waitForSelector(selector: string, { visible = false } = {}) {
    await until(() =>
      this.$$eval(selector, ([found], visible) => found && (!visible || found.checkVisibility()), visible),
    );
  }

  async $(selector: string) {
    if (!(await this.$$eval(selector, ({ length }) => length))) return null;
    return {
      uploadFile: async (path: string) => {
        const [id = ""] = Object.values(await this.#element(selector));
        await this.#post(`element/${id}/value`, { text: path });
      },
    };
  }

  async hover(selector: string): Promise<void> {
    await this.$eval(selector, (element) => {
      const { top, bottom } = element.getBoundingClientRect();
      if (top < 0 || bottom > innerHeight) element.scrollIntoView({ block: "center", behavior: "instant" });
    });
    await still(this, selector);
    const box = (element: Element) => element.getBoundingClientRect().toJSON() as DOMRect;
    const { x, y, width, height } = await this.$eval(selector, box);
    await this.mouse.move(x + width / 2, y + height / 2);
  }

  async click(selector: string): Promise<void> {
    await this.hover(selector);
    await this.mouse.down();
    await this.mouse.up();
  }

  async focus(selector: string): Promise<void> {
    await this.$eval(selector, (element) => {
      (element as HTMLElement).focus();
    });
  }

  async select(selector: string, ...values: string[]): Promise<string[]> {
    const choose = (element: Element, value = "") => {
      (element as HTMLSelectElement).value = value;
      for (const type of ["input", "change"]) element.dispatchEvent(new Event(type, { bubbles: true }));
    };
    await this.$eval(selector, choose, values[0]);
    return values;
  }

  readonly mouse = {
    move: (x: number, y: number) =>
      this.#act(MOUSE, { type: "pointerMove", duration: 0, x: Math.round(x), y: Math.round(y) }),
    down: () => this.#act(MOUSE, { type: "pointerDown", button: 0 }),
    up: () => this.#act(MOUSE, { type: "pointerUp", button: 0 }),
  };

  readonly touchscreen = { touchStart: noTouch, touchMove: noTouch, touchEnd: noTouch };

  readonly keyboard = {
    down: (key: string) => this.#act(KEYBOARD, keyAction("keyDown", key)),
    up: (key: string) => this.#act(KEYBOARD, keyAction("keyUp", key)),
    press: (key: string) => this.#act(KEYBOARD, keyAction("keyDown", key), keyAction("keyUp", key)),
  };

  async #act(device: object, ...actions: readonly object[]): Promise<void> {
    await this.#post("actions", { actions: [{ ...device, actions }] });
  }

  /** A reference to an element: one entry, which names its id. */
  #element(selector: string): Promise<Record<string, string>> {
    return this.#post("element", { using: "css selector", value: selector });
  }

  #post<T>(command: string, body: unknown = {}): Promise<T> {
    return call(`${this.#session}/${command}`, body);
  }
}

async function call<T>(url: string, body: unknown): Promise<T> {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  const { value } = (await response.json()) as { value: T };
  if (response.ok) return value;
  const { error, message } = value as { error: string; message: string };
  throw new Error(`WebKitWebDriver: ${error}: ${message}`);
}
