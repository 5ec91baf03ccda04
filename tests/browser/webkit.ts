// A tab of WebKitGTK's MiniBrowser, driven through WebKitWebDriver: the classic WebDriver protocol, in puppeteer's words.
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Tab } from "./browser.ts";
import type { Running } from "./browsers.ts";
import { still, until } from "./scenario.ts";

type Fn = ((...args: never[]) => unknown) | string;

/** For what takes the driver no time: more than a busy machine needs. */
const ANSWER_MS = 20_000;
/** Scripts and pages have no end but the test's. */
const NEVER_MS = 3_600_000;
/** Of keys: their place in a private area of Unicode. */
const KEYS: Readonly<Record<string, number>> = {
  ...{ Backspace: 3, Tab: 4, Enter: 7, Shift: 8, Control: 9, Escape: 0xc, Space: 0xd, End: 0x10, Home: 0x11 },
  ...{ ArrowLeft: 0x12, ArrowUp: 0x13, ArrowRight: 0x14, ArrowDown: 0x15, Delete: 0x17 },
};
const keyAction = (type: "keyDown" | "keyUp", key: string) => {
  const code = KEYS[key];
  return { type, value: code === undefined ? key : String.fromCharCode(0xe000 + code) };
};
const MOUSE = { type: "pointer", id: "mouse", parameters: { pointerType: "mouse" } };
const KEYBOARD = { type: "key", id: "keyboard" };

export const NO_TOUCH = "WebKitWebDriver accepts touch, but hands it to the page as events of a mouse";
const noTouch = () => Promise.reject(new Error(NO_TOUCH));

export class WebKitTab implements Tab {
  readonly #session: string;
  readonly #driver: number;
  #at = { x: 0, y: 0 };

  private constructor(session: string, driver: number) {
    this.#session = session;
    this.#driver = driver;
  }

  /** WebKitWebDriver drives one at a time: end it before the next is started. */
  static async start({ endpoints, binary, driver = NaN }: Running, dark: boolean): Promise<WebKitTab> {
    const options = { binary, args: ["--automation", ...(dark ? ["--dark-mode"] : [])] };
    const timeouts = { pageLoad: NEVER_MS, script: NEVER_MS };
    const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": options, timeouts } };
    const sessions = `${endpoints.join()}/session`;
    const { sessionId } = await call<{ sessionId: string }>("POST", sessions, { capabilities });
    return new WebKitTab(`${sessions}/${sessionId}`, driver);
  }

  /** Whether the driver still does: now and then it does not, after a page came back from the history. */
  answers(): Promise<boolean> {
    return call("GET", `${this.#session}/window`, null, ANSWER_MS).then(
      () => true,
      () => false,
    );
  }

  /** A driver that does not answer goes on once its browser is gone. */
  async end(): Promise<void> {
    try {
      await call("DELETE", this.#session, null, ANSWER_MS);
    } catch (error) {
      console.warn(`WebKitGTK is killed: ${String(error)}`);
      const { stdout } = await promisify(execFile)("ps", ["-o", "pid=", "--ppid", String(this.#driver)]);
      for (const browser of stdout.trim().split(/\s+/)) process.kill(Number(browser), "SIGKILL");
      await sleep(500); // ms; then the driver has noticed
    }
  }

  async close(): Promise<void> {
    if (await this.answers()) await this.#post("url", { url: "about:blank" });
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
    this.#run(fn, `need(${JSON.stringify(selector)}),`, args)) as Tab["$eval"];

  readonly $$eval = ((selector: string, fn: Fn, ...args: unknown[]) =>
    this.#run(fn, `[...document.querySelectorAll(${JSON.stringify(selector)})],`, args)) as Tab["$$eval"];

  async #run(fn: Fn, first: string, args: readonly unknown[]) {
    const script =
      typeof fn === "string"
        ? `${fn}; arguments[arguments.length - 1]({ value: null });`
        : `const done = arguments[arguments.length - 1];
           const need = (selector) => {
             const element = document.querySelector(selector);
             if (!element) throw new Error("The page has no " + selector);
             return element;
           };
           (async () => (${fn.toString()})(${first} ...arguments[0]))().then(
             (value) => done({ value }),
             (error) => done({ error: String(error) }),
           );`;
    const answer = await this.#post<{ value?: unknown; error?: string }>("execute/async", { script, args: [args] });
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.value;
  }

  readonly waitForFunction = ((fn: Fn, _options?: unknown, ...args: unknown[]) =>
    until(() => this.#run(fn, "", args))) as unknown as Tab["waitForFunction"];

  async waitForSelector(selector: string, { visible = false } = {}) {
    await until(() =>
      this.$$eval(selector, ([found], visible) => found && (!visible || found.checkVisibility()), visible),
    );
    return this.$(selector);
  }

  async $(selector: string) {
    if (!(await this.$$eval(selector, ({ length }) => length))) return null;
    return {
      boundingBox: () => this.$eval(selector, (element) => element.getBoundingClientRect().toJSON() as DOMRect),
      click: () => this.click(selector),
      uploadFile: async (path: string) => {
        const [id = ""] = Object.values(await this.#element(selector));
        await this.#post(`element/${id}/value`, { text: path });
      },
    };
  }

  async hover(selector: string): Promise<void> {
    const place = () =>
      this.$eval(selector, (element) => {
        const { x, y, width, height, top, bottom } = element.getBoundingClientRect();
        if (top >= 0 && bottom <= innerHeight) return { x: x + width / 2, y: y + height / 2 };
        element.scrollIntoView({ block: "center", behavior: "instant" });
        const moved = element.getBoundingClientRect();
        return moved.top === top ? { x: x + width / 2, y: y + height / 2 } : null; // higher than the window
      });
    const { x, y } = await until(async () => {
      await still(this, selector);
      return place();
    });
    await this.mouse.move(x, y);
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
    move: (x: number, y: number, { steps = 1 } = {}) => {
      const from = this.#at;
      this.#at = { x, y };
      const moves = Array.from({ length: steps }, (_, step) => {
        const share = (step + 1) / steps;
        const [left, top] = [from.x + share * (x - from.x), from.y + share * (y - from.y)];
        return { type: "pointerMove", duration: 0, x: Math.round(left), y: Math.round(top) };
      });
      return this.#act(MOUSE, ...moves);
    },
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

  async screenshot({ path }: { readonly path: string }): Promise<void> {
    await writeFile(path, Buffer.from(await call<string>("GET", `${this.#session}/screenshot`), "base64"));
  }

  /** A reference to an element: one entry, which names its id. */
  #element(selector: string): Promise<Record<string, string>> {
    return this.#post("element", { using: "css selector", value: selector });
  }

  #post<T>(command: string, body: unknown = {}): Promise<T> {
    return call("POST", `${this.#session}/${command}`, body);
  }
}

async function call<T>(method: "GET" | "POST" | "DELETE", url: string, body: unknown = null, patience = NEVER_MS) {
  const response = await fetch(url, {
    method,
    headers: { "Content-Type": "application/json" },
    body: method === "POST" ? JSON.stringify(body) : null,
    signal: AbortSignal.timeout(patience),
  });
  const { value } = (await response.json()) as { value: T };
  if (response.ok) return value;
  const { error, message } = value as { error: string; message: string };
  throw new Error(`WebKitWebDriver: ${error}: ${message}`);
}
