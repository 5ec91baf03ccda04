// A tab of WebKitGTK's MiniBrowser, driven through WebKitWebDriver: the classic WebDriver protocol, in puppeteer's words.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { Tab } from "./browser.ts";

type Fn = ((...args: never[]) => unknown) | string;
type Box = Readonly<Record<"x" | "y" | "width" | "height", number>>;

const PATIENCE_MS = 20_000; // as long as a slow machine may take, less than a test's own limit
const POLL_MS = 20;
/** For what takes the driver no time. */
const ANSWER_MS = 5000;
/** WebDriver names keys by code points of a private area. */
const KEYS: Readonly<Record<string, string>> = {
  Backspace: "\uE003",
  Tab: "\uE004",
  Enter: "\uE007",
  Shift: "\uE008",
  Control: "\uE009",
  Escape: "\uE00C",
  Space: " ",
  End: "\uE010",
  Home: "\uE011",
  ArrowLeft: "\uE012",
  ArrowUp: "\uE013",
  ArrowRight: "\uE014",
  ArrowDown: "\uE015",
  Delete: "\uE017",
};

const POINTER = {
  ...{ type: "pointer", id: "mouse" },
  parameters: { pointerType: "mouse" },
};
/** How the protocol marks a reference to an element. */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
const KEYBOARD = { type: "key", id: "keyboard" };
const keyAction = (type: "keyDown" | "keyUp", key: string) => ({
  ...{ type, value: KEYS[key] ?? key },
});

export function findMiniBrowser(): string {
  const { MINIBROWSER } = process.env;
  const triplets = ["x86_64", "aarch64"].map((cpu) => `${cpu}-linux-gnu/`);
  const candidates = MINIBROWSER
    ? [MINIBROWSER]
    : [...triplets, "", "../libexec/"].map((folder) => `/usr/lib/${folder}webkit2gtk-4.1/MiniBrowser`);
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Error(
    `Received: no MiniBrowser at ${candidates.join(", ")}. Install it (Debian: apt install libwebkit2gtk-4.1-0), ` +
      "or set MINIBROWSER to its path.",
  );
}

export const NO_TOUCH = "WebKitWebDriver accepts touch, but hands it to the page as events of a mouse";
const noTouch = () => Promise.reject(new Error(NO_TOUCH));

export class WebKitTab implements Tab {
  readonly #session: string;
  readonly #driver: number;

  private constructor(session: string, driver: number) {
    this.#session = session;
    this.#driver = driver;
  }

  /**
   * WebKitWebDriver drives one at a time: end it before the next is started.
   *
   * @param driver Its process.
   */
  static async start(endpoint: string, driver: number, dark: boolean): Promise<WebKitTab> {
    const args = ["--automation", ...(dark ? ["--dark-mode"] : [])];
    const options = { binary: findMiniBrowser(), args };
    const { sessionId } = await call<{ sessionId: string }>("POST", `${endpoint}/session`, {
      capabilities: {
        alwaysMatch: {
          "webkitgtk:browserOptions": options,
          timeouts: { pageLoad: PATIENCE_MS, script: PATIENCE_MS },
        },
      },
    });
    return new WebKitTab(`${endpoint}/session/${sessionId}`, driver);
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
      await new Promise((resume) => setTimeout(resume, 500)); // ms; then the driver has noticed
    }
  }

  async close(): Promise<void> {
    if (await this.answers()) await this.#post("url", { url: "about:blank" });
  }

  async goto(url: string) {
    await this.#post("url", { url });
    return null;
  }

  async reload() {
    await this.#post("refresh");
    return null;
  }

  /** The window keeps its bars, and those a least width of some 450 pixels. */
  async setViewport(size: { readonly width: number; readonly height: number } | null): Promise<void> {
    if (!size) return;
    let bars = 38; // pixels; corrected below where it is another number
    for (let tries = 0; tries < 2; tries++) {
      const height = size.height + bars;
      const place = { x: 0, y: 0, width: size.width, height };
      await this.#post("window/rect", place);
      for (let waits = 0; waits < 25; waits++) {
        const inner = await this.evaluate(() => innerHeight);
        if (inner === size.height) return;
        bars = height - inner;
        await new Promise((resume) => setTimeout(resume, POLL_MS));
      }
    }
  }

  readonly evaluate = ((fn: Fn, ...args: unknown[]) => this.#run(fn, "", args)) as Tab["evaluate"];

  /** Run a function in the document of an <iframe>. */
  async evaluateIn(selector: string, fn: Fn): Promise<unknown> {
    const id = { [ELEMENT]: await this.#id(selector) };
    await this.#post("frame", { id });
    try {
      return await this.#run(fn, "", []);
    } finally {
      await this.#post("frame", { id: null });
    }
  }

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

  readonly waitForFunction = (async (fn: Fn, _options?: unknown, ...args: unknown[]) => {
    const until = Date.now() + PATIENCE_MS;
    while (!(await this.#run(fn, "", args))) {
      if (Date.now() > until) throw new Error(`Never true: ${String(fn)}`);
      await new Promise((resume) => setTimeout(resume, POLL_MS));
    }
  }) as unknown as Tab["waitForFunction"];

  async waitForSelector(selector: string, { visible = false } = {}) {
    await this.waitForFunction(
      (selector: string, visible: boolean) => {
        const element = document.querySelector(selector);
        return element !== null && (!visible || element.checkVisibility());
      },
      {},
      selector,
      visible,
    );
    return this.$(selector);
  }

  async $(selector: string) {
    const there = await this.$$eval(selector, (found) => found.length > 0);
    if (!there) return null;
    return {
      boundingBox: () => this.#box(selector),
      click: () => this.click(selector),
      uploadFile: async (path: string) => {
        await this.#post(`element/${await this.#id(selector)}/value`, {
          text: path,
        });
      },
    };
  }

  #box(selector: string): Promise<Box> {
    return this.$eval(selector, (element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      return { x, y, width, height };
    });
  }

  /** Waits until the element stays where it is: a panel above it may be arriving. */
  async hover(selector: string): Promise<void> {
    const { x, y } = await this.$eval(selector, async (element) => {
      const frame = () => new Promise((next) => requestAnimationFrame(next));
      let still = 0;
      let before = NaN;
      for (let frames = 0; still < 3 && frames < 300; frames++) {
        const { top, bottom } = element.getBoundingClientRect();
        if (top < 0 || bottom > innerHeight) {
          element.scrollIntoView({ block: "center", behavior: "instant" });
        }
        still = top === before ? still + 1 : 0;
        before = top;
        await frame();
      }
      const box = element.getBoundingClientRect();
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
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
    await this.$eval(
      selector,
      (element, value) => {
        (element as HTMLSelectElement).value = value;
        for (const type of ["input", "change"]) {
          element.dispatchEvent(new Event(type, { bubbles: true }));
        }
      },
      values[0] ?? "",
    );
    return values;
  }

  #at = { x: 0, y: 0 };
  readonly mouse = {
    move: (x: number, y: number, { steps = 1 } = {}) => {
      const from = this.#at;
      this.#at = { x, y };
      const moves = Array.from({ length: steps }, (_, step) => {
        const share = (step + 1) / steps;
        return {
          ...{ type: "pointerMove", duration: 0 },
          x: Math.round(from.x + share * (x - from.x)),
          y: Math.round(from.y + share * (y - from.y)),
        };
      });
      return this.#act(POINTER, moves);
    },
    down: () => this.#act(POINTER, [{ type: "pointerDown", button: 0 }]),
    up: () => this.#act(POINTER, [{ type: "pointerUp", button: 0 }]),
  };

  readonly touchscreen = {
    touchStart: noTouch,
    touchMove: noTouch,
    touchEnd: noTouch,
  };

  readonly keyboard = {
    down: (key: string) => this.#act(KEYBOARD, [keyAction("keyDown", key)]),
    up: (key: string) => this.#act(KEYBOARD, [keyAction("keyUp", key)]),
    press: (key: string) => this.#act(KEYBOARD, [keyAction("keyDown", key), keyAction("keyUp", key)]),
  };

  async #act(device: object, actions: readonly object[]): Promise<void> {
    await this.#post("actions", { actions: [{ ...device, actions }] });
  }

  async screenshot({ path, fullPage = false }: { readonly path: string; readonly fullPage?: boolean }): Promise<void> {
    // Only what is in the window is painted: for the whole page the window becomes as high as it.
    const [width, height, whole] = await this.evaluate(
      () => [innerWidth, innerHeight, document.documentElement.scrollHeight] as const,
    );
    if (fullPage) await this.setViewport({ width, height: whole });
    const picture = await call<string>("GET", `${this.#session}/screenshot`);
    if (fullPage) await this.setViewport({ width, height });
    await writeFile(path, Buffer.from(picture, "base64"));
  }

  async #id(selector: string): Promise<string> {
    const found = await this.#post<Record<string, string>>("element", {
      using: "css selector",
      value: selector,
    });
    return Object.values(found)[0] ?? "";
  }

  #post<T>(command: string, body: unknown = {}): Promise<T> {
    return call("POST", `${this.#session}/${command}`, body);
  }
}

async function call<T>(
  method: "GET" | "POST" | "DELETE",
  url: string,
  body: unknown = null,
  patience = PATIENCE_MS + 5000, // the driver itself should have given up before
): Promise<T> {
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
