// A tab of WebKitGTK's MiniBrowser, driven through WebKitWebDriver: as much of puppeteer's Page as scenarios use in WebKit.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Page } from "puppeteer-core";
import { Stage, until } from "./scenario.ts";
import type { Watch } from "./server.ts";

type Fn = ((...args: never[]) => unknown) | string;

/** Keys, in the order of WebDriver's code points from U+E000 on. */
const KEYS =
  `Unidentified Cancel Help Backspace Tab Clear Return Enter Shift Control Alt Pause Escape Space PageUp PageDown
  End Home ArrowLeft ArrowUp ArrowRight ArrowDown Insert Delete`.split(/\s+/);

/**
 * Starts a screen and a driver on it, prints the screen's number, and ends both, with all that they have started, when
 * standard input does: with this process at the latest. Without a window manager the keyboard follows the pointer, which starts
 * in the middle of the screen: on one that is smaller than any window, the window has the focus.
 */
const SCRIPT = `"$0" -displayfd 1 -screen 0 400x800x24 -nolisten tcp 2>/dev/null | {
    read -r display
    DISPLAY=":$display" WAYLAND_DISPLAY= NO_AT_BRIDGE=1 "$1" --port=$((24000 + display)) >/dev/null 2>&1 &
    echo "$display"
    cat
  } &
  read -r _; trap "" TERM; kill 0; wait`;

/** Open a tab, which has a driver, a browser and a screen of its own. */
export async function openWebKit([path, xvfb, binary]: readonly string[], seen: Watch): Promise<Page> {
  const programs = spawn("sh", ["-c", SCRIPT, xvfb!, path!], { detached: true, stdio: ["pipe", "pipe", "inherit"] });
  const [display] = (await once(createInterface(programs.stdout), "line")) as [string];
  const port = 24_000 + Number(display); // which nobody else has, either
  await until(() => fetch(`http://127.0.0.1:${port}/status`).catch(() => null));
  let session = `http://127.0.0.1:${port}/session`;
  const post = async <T = unknown>(command: string, body: unknown = {}): Promise<T> => {
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(session + command, { method: "POST", headers, body: JSON.stringify(body) });
    const { value } = (await response.json()) as { value: T };
    if (response.ok) return value;
    throw new Error(`WebKitWebDriver: ${JSON.stringify(value)} for ${JSON.stringify(body)}`);
  };
  const timeouts = { pageLoad: 3_600_000, script: 3_600_000 }; // ms; there is no end but the test's
  const alwaysMatch = { "webkitgtk:browserOptions": { binary, args: ["--automation"] }, timeouts };
  session += `/${(await post<{ sessionId: string }>("", { capabilities: { alwaysMatch } })).sessionId}/`;

  /** Code of the elements that a selector finds; what follows >>> is in the shadow root of what is before it. */
  const all = (selector: string) =>
    `${JSON.stringify(selector.split(" >>> "))}.reduce((found, part) =>
      found.flatMap((one) => [...(one.shadowRoot ?? one).querySelectorAll(part)]), [document])`;
  /** Run a script, which may return a promise, in the page, and take what complaints.js has kept. */
  const run = async (code: string, args: readonly unknown[] = []) => {
    const script = `const given = [...arguments]; return (async () => { ${code} })().then((value) => {
      return { value, complaints: globalThis.complaints?.splice(0) ?? [] };
    });`;
    const answer = await post<{ value: unknown; complaints: string[] }>("execute/sync", { script, args });
    seen.complaints.push(...answer.complaints);
    return answer.value;
  };
  const call = (fn: Fn, args: readonly unknown[] = [], first = "") =>
    run(typeof fn === "string" ? fn : `return (${fn.toString()})(${first} ...given);`, args);
  const $$eval = (selector: string, fn: Fn, ...args: unknown[]) => call(fn, args, `${all(selector)},`);
  const act = (id: "key" | "pointer", type: string, more: object) =>
    post("actions", { actions: [{ type: id, id, actions: [{ type, ...more }] }] });
  const key = (type: "keyDown" | "keyUp", name: string) =>
    act("key", type, { value: KEYS.includes(name) ? String.fromCharCode(0xe000 + KEYS.indexOf(name)) : name });

  const $ = async (selector: string) => {
    const script = `return ${all(selector)}[0];`;
    const found = await post<Readonly<Record<string, string>> | null>("execute/sync", { script, args: [] });
    const evaluate = async (fn: Fn) => {
      await post("frame", { id: found });
      return call(fn).finally(() => post("frame", { id: null }));
    };
    const uploadFile = (text: string) => post(`element/${Object.values(found!)[0]!}/value`, { text });
    return found && { uploadFile, contentFrame: () => ({ evaluate }) };
  };
  const tab = {
    ...{ $, $$eval },
    $eval: (selector: string, fn: Fn, ...args: unknown[]) => call(fn, args, `${all(selector)}[0],`),
    evaluate: (fn: Fn, ...args: unknown[]) => call(fn, args),
    waitForFunction: (fn: Fn, _: unknown, ...args: unknown[]) => until(() => call(fn, args)),
    waitForSelector: (selector: string, { visible = false } = {}) =>
      until(() => run(`return ${all(selector)}.slice(0, 1).some((one) => ${!visible} || one.checkVisibility());`)),
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
      const [x, y] = await Object.assign(new Stage(), { page: tab as unknown as Page }).middleOf(selector);
      await tab.mouse.move(x, y);
      await tab.mouse.down();
      await tab.mouse.up();
    },
    focus: (selector: string) => run(`${all(selector)}[0].focus();`),
    select: (selector: string, value: string) =>
      run(
        `const [menu] = ${all(selector)};
        menu.value = given[0];
        for (const type of ["input", "change"]) menu.dispatchEvent(new Event(type, { bubbles: true }));`,
        [value],
      ),
    mouse: {
      move: (x: number, y: number) => act("pointer", "pointerMove", { x: Math.round(x), y: Math.round(y) }),
      down: () => act("pointer", "pointerDown", { button: 0 }),
      up: () => act("pointer", "pointerUp", { button: 0 }),
    },
    keyboard: {
      down: (name: string) => key("keyDown", name),
      up: (name: string) => key("keyUp", name),
      press: (name: string) => key("keyDown", name).then(() => key("keyUp", name)),
    },
    /** Also where the driver no longer answers, as it does now and then after a page came back from the history. */
    async close() {
      programs.stdin.end();
      await once(programs, "exit");
    },
  };
  return tab as unknown as Page;
}
