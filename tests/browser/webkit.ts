// A tab of WebKitGTK's MiniBrowser, driven through WebKitWebDriver: the classic WebDriver protocol, in puppeteer's words.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Tab } from "./browser.ts";
import { still, until } from "./scenario.ts";
import { told, type Watch } from "./server.ts";

type Fn = ((...args: never[]) => unknown) | string;

/** Keys, as code points of WebDriver in a private area of Unicode. */
const KEYS: Readonly<Record<string, number>> = {
  ...{ Backspace: 3, Tab: 4, Enter: 7, Shift: 8, Control: 9, Escape: 0xc, End: 0x10, Home: 0x11, Delete: 0x17 },
  ...{ ArrowLeft: 0x12, ArrowUp: 0x13, ArrowRight: 0x14, ArrowDown: 0x15 },
};

/** Start a program that ends, with all that it has started, when its standard input does: with this process at the latest. */
function start(env: NodeJS.ProcessEnv, ...command: readonly string[]): ChildProcess {
  const script = '"$@" & read -r _; trap "" TERM; kill 0; wait';
  return spawn("sh", ["-c", script, "sh", ...command], {
    ...{ env, detached: true, stdio: ["pipe", "ignore", "ignore", "pipe"] },
  });
}

export class WebKitTab implements Tab {
  readonly seen: Watch = (told.to = { complaints: [], requests: [] });
  #session = "";
  readonly #processes: ChildProcess[] = [];

  /** Each tab has a driver, a browser and a screen of its own. */
  async start([path, xvfb, binary]: readonly string[]): Promise<this> {
    // Without a window manager the keyboard follows the pointer, which starts in the middle of the screen: on one that is
    // smaller than any window, the window has the focus.
    const args = ["-displayfd", "3", "-screen", "0", "400x800x24", "-nolisten", "tcp"];
    const screen = start(process.env, xvfb!, ...args);
    const [display] = (await once(createInterface(screen.stdio[3] as Readable), "line")) as [string];
    const port = 24_000 + Number(display); // which nobody else has, either
    const env = { ...process.env, DISPLAY: `:${display}`, WAYLAND_DISPLAY: "", NO_AT_BRIDGE: "1" };
    this.#processes.push(start(env, path!, `--port=${port}`), screen);
    await until(() => fetch(`http://127.0.0.1:${port}/status`).catch(() => null));
    const options = { binary, args: ["--automation"] };
    const timeouts = { pageLoad: 3_600_000, script: 3_600_000 }; // ms; there is no end but the test's
    const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": options, timeouts } };
    this.#session = `http://127.0.0.1:${port}/session`;
    const { sessionId } = await this.#post<{ sessionId: string }>("", { capabilities });
    this.#session += `/${sessionId}/`;
    return this;
  }

  /** Also where the driver no longer answers, as it does now and then after a page came back from the history. */
  async close(): Promise<void> {
    for (const process of this.#processes) {
      process.stdin!.end();
      await once(process, "exit");
    }
  }

  goto = (url: string) => this.#post<null>("url", { url });
  reload = () => this.#post<null>("refresh");
  back = () => this.#post<undefined>("back");

  /** The window keeps its bars, and those a least width of some 450 pixels. */
  async setViewport(size: { readonly width: number; readonly height: number } | null): Promise<void> {
    const { width, height } = size!;
    const bars = await this.evaluate(() => outerHeight - innerHeight);
    await this.#post("window/rect", { x: 0, y: 0, width, height: height + bars });
    await until(() => this.evaluate((height) => innerHeight === height, height));
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

  /** Run a function, or a script, in the page, and take what complaints.js has kept. */
  async #run(fn: Fn, first: string, args: readonly unknown[]) {
    const script = `const done = arguments[arguments.length - 1];
      const end = (answer) => done({ ...answer, complaints: globalThis.complaints?.splice(0) ?? [] });
      (async () => ${typeof fn === "string" ? `{ ${fn} }` : `(${fn.toString()})(${first} ...arguments[0])`})().then(
        (value) => end({ value }),
        (error) => end({ error: String(error) }),
      );`;
    const { value, error, complaints } = await this.#post<{ value?: unknown; error?: string; complaints: string[] }>(
      "execute/async",
      { script, args: [args] },
    );
    this.seen.complaints.push(...complaints);
    if (error !== undefined) throw new Error(`${error} in ${first} ${fn.toString()}`);
    return value;
  }

  readonly waitForFunction = ((fn: Fn, _options?: unknown, ...args: unknown[]) =>
    until(() => this.#run(fn, "", args))) as unknown as Tab["waitForFunction"];

  waitForSelector = (selector: string, { visible = false } = {}) =>
    until(() => this.$$eval(selector, ([found], visible) => found && (!visible || found.checkVisibility()), visible));

  async $(selector: string) {
    if (!(await this.$$eval(selector, ({ length }) => length))) return null;
    return {
      uploadFile: async (path: string) => {
        const [id = ""] = Object.values(await this.#element(selector));
        await this.#post(`element/${id}/value`, { text: path });
      },
    };
  }

  /** As a reader does: by the mouse, where the element rests. */
  async click(selector: string): Promise<void> {
    await this.$eval(selector, (element) => {
      const { top, bottom } = element.getBoundingClientRect();
      if (top < 0 || bottom > innerHeight) element.scrollIntoView({ block: "center", behavior: "instant" });
    });
    await still(this, selector);
    const box = (element: Element) => element.getBoundingClientRect().toJSON() as DOMRect;
    const { x, y, width, height } = await this.$eval(selector, box);
    await this.mouse.move(x + width / 2, y + height / 2);
    await this.mouse.down();
    await this.mouse.up();
  }

  focus = (selector: string) =>
    this.$eval(selector, (element) => {
      (element as HTMLElement).focus();
    });

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
      this.#act("pointer", { type: "pointerMove", duration: 0, x: Math.round(x), y: Math.round(y) }),
    down: () => this.#act("pointer", { type: "pointerDown", button: 0 }),
    up: () => this.#act("pointer", { type: "pointerUp", button: 0 }),
  };

  readonly keyboard = {
    down: (key: string) => this.#key("keyDown", key),
    up: (key: string) => this.#key("keyUp", key),
    press: (key: string) => this.#key("keyDown", key).then(() => this.#key("keyUp", key)),
  };

  #key(type: "keyDown" | "keyUp", key: string): Promise<void> {
    return this.#act("key", { type, value: key in KEYS ? String.fromCharCode(0xe000 + KEYS[key]!) : key });
  }

  /** A pointer of no other kind is a mouse. */
  #act(type: "key" | "pointer", action: object): Promise<void> {
    return this.#post("actions", { actions: [{ type, id: type, actions: [action] }] });
  }

  /** A reference to an element: one entry, which names its id. */
  #element(selector: string): Promise<Record<string, string>> {
    return this.#post("element", { using: "css selector", value: selector });
  }

  async #post<T>(command: string, body: unknown = {}): Promise<T> {
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(this.#session + command, { method: "POST", headers, body: JSON.stringify(body) });
    const { value } = (await response.json()) as { value: T };
    if (response.ok) return value;
    const { error, message } = value as { error: string; message: string };
    throw new Error(`WebKitWebDriver: ${error}: ${message}`);
  }
}
