// The worker's own decisions, in a simulated worker. tests/browser/offline.test.ts has real ones.
import { createHash } from "node:crypto";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { ranBy } from "../page/offline.ts";
import type { Message } from "./message.ts";

const SITE = "https://example.org/site/";
const MODELS = `${SITE}models/`;
const MODEL_CACHE = `sketch models ${SITE}`;

type Listener = (event: object) => void;
interface Asked {
  readonly url: string;
}
const addressOf = (asked: string | Asked) => (typeof asked === "string" ? asked : asked.url);

/** Answers of the host, by address; all else is 404. */
let host: Map<string, string>;
/** Answers of the HTTP cache, by address; it is asked before the host. */
let httpCache: Map<string, string>;
let stores: Map<string, Map<string, Response>>;
let listeners: Map<string, Listener>;

const hashOf = (content: string) =>
  `sha256-${createHash("sha256").update(content).digest("base64")}`;
const respond = (asked: string | Asked, { integrity, cache }: RequestInit = {}) => {
  const url = addressOf(asked);
  const content = (cache === "reload" ? undefined : httpCache.get(url)) ?? host.get(url);
  if (content === undefined) return Promise.resolve(new Response("", { status: 404 }));
  return !integrity || integrity === hashOf(content)
    ? Promise.resolve(new Response(content))
    : Promise.reject(new TypeError(`${url} is another file`));
};

function open(name: string) {
  const store = stores.get(name) ?? new Map<string, Response>();
  stores.set(name, store);
  return Promise.resolve({
    keys: () => Promise.resolve([...store.keys()].map((url) => ({ url }))),
    match: (url: string) => Promise.resolve(store.get(url)?.clone()),
    put: (asked: string | Asked, response: Response) =>
      Promise.resolve(store.set(addressOf(asked), response)),
    delete: (asked: string | Asked) => Promise.resolve(store.delete(addressOf(asked))),
    async add(url: string) {
      const response = await respond(url);
      if (!response.ok) throw new TypeError(`${url}: ${response.status}`);
      store.set(url, response);
    },
  });
}

/** Tell the worker something, until all that it does about it is done. */
async function dispatch(type: string, event: object): Promise<Response | undefined> {
  const work: Promise<unknown>[] = [];
  let answer: Promise<Response> | undefined;
  listeners.get(type)?.({
    ...event,
    waitUntil: (promise: Promise<unknown>) => work.push(promise),
    respondWith: (promise: Promise<Response>) => (answer = promise),
  });
  const response = await answer;
  await Promise.all(work);
  return response;
}

/** The page's answer for a file of models/; undefined where the worker leaves it to the browser. */
const read = async (path: string) => {
  const request = { url: MODELS + path, method: "GET", mode: "cors", cache: "default" };
  return (await dispatch("fetch", { request }))?.text();
};

/** The page has run the model of that version, after it has read `beside`. */
async function run(name: string, version: string, beside: readonly string[] = []): Promise<void> {
  const files = ["f/model.json", "f/weights.bin"].map((path) => ({ path, bytes: 1, sha256: "" }));
  const format = {
    id: "f",
    route: "layers",
    dtype: "float32",
    path: "f/model.json",
    bytes: 2,
    files,
  } as const;
  const ran = ranBy({ url: `${MODELS}${name}/${version}/manifest.json`, format });
  const data: Message = { ran: { ...ran, read: beside.map((path) => SITE + path) } };
  await dispatch("message", { data });
}

const PARTS = ["manifest.json", "f/model.json", "f/weights.bin"];

function publish(name: string, version: string): void {
  host.set(`${MODELS}index.json`, "{}");
  host.set(`${MODELS}${name}/latest.json`, JSON.stringify({ version }));
  for (const part of PARTS)
    host.set(`${MODELS}${name}/${version}/${part}`, `${part} of ${version}`);
}

/** Read the files of a model that a visit reads, as far as they are there. */
async function visit(
  name: string,
  version: string,
  parts: readonly string[] = PARTS,
): Promise<void> {
  for (const path of ["index.json", `${name}/latest.json`]) await read(path);
  for (const part of parts) await read(`${name}/${version}/${part}`);
}

const kept = () =>
  [...(stores.get(MODEL_CACHE)?.keys() ?? [])].map((url) => url.slice(MODELS.length)).sort();
const whole = (name: string, version: string) =>
  [`${name}/latest.json`, ...PARTS.map((part) => `${name}/${version}/${part}`)].sort();
const pointed = async (name: string) =>
  JSON.parse(
    (await stores.get(MODEL_CACHE)?.get(`${MODELS}${name}/latest.json`)?.clone().text()) ?? "null",
  ) as unknown;

const SCRIPT = 'import("./assets/index-1.js")';
const PAGE = '<script src="assets/index-1.js?2"></script>';
const BESIDE = ["quality.html", "embed.html", "embed.js"];
const keptOfPage = () => [...(stores.get(`sketch page ${SITE}`)?.entries() ?? [])];

beforeEach(async () => {
  host = new Map();
  httpCache = new Map();
  stores = new Map();
  listeners = new Map();
  vi.stubGlobal("self", {
    registration: { scope: SITE },
    clients: { claim: () => Promise.resolve() },
    skipWaiting: () => Promise.resolve(),
    addEventListener: (type: string, listener: Listener) => listeners.set(type, listener),
  });
  vi.stubGlobal("caches", { open });
  vi.stubGlobal("fetch", respond);
  const hashes = (paths: readonly string[], content: string) =>
    Object.fromEntries(paths.map((path) => [path, hashOf(content)]));
  vi.stubGlobal("__ASSETS__", hashes(["assets/index-1.js"], SCRIPT));
  vi.stubGlobal("__LATER__", hashes(["assets/tfjs-1.js", "assets/tfjs-2.js"], SCRIPT));
  vi.stubGlobal("__BESIDE__", hashes(BESIDE, PAGE));
  vi.resetModules();
  await vi.importActual("./sw.ts"); // its globals are others than this file's: TypeScript must not follow
});

test.each([
  ["that was left before it was there", ["manifest.json"]],
  ["that was damaged", PARTS],
])("a version %s leaves the former one whole when another model runs", async (_, parts) => {
  publish("a", "v1");
  await visit("a", "v1");
  await run("a", "v1");
  publish("a", "v2");
  publish("b", "b1");
  await visit("a", "v2", parts);
  await visit("b", "b1");
  const all = ["a/v2", "b/b1"].flatMap((version) =>
    PARTS.map((part) => `models/${version}/${part}`),
  );
  await run("b", "b1", [
    "models/index.json",
    "models/a/latest.json",
    "models/b/latest.json",
    ...all,
  ]);
  expect(kept()).toEqual(expect.arrayContaining([...whole("a", "v1"), ...whole("b", "b1")]));
  expect(await pointed("a")).toEqual({ version: "v1" });
});

test("a version that ran but cannot be kept whole leaves the former one whole", async () => {
  publish("a", "v1");
  await run("a", "v1");
  publish("a", "v2");
  host.delete(`${MODELS}a/v2/f/weights.bin`);
  await run("a", "v2");
  expect(kept()).toEqual(expect.arrayContaining(whole("a", "v1")));
  expect(await pointed("a")).toEqual({ version: "v1" });
});

test("another version that is published meanwhile is not pointed to before it ran", async () => {
  publish("a", "v1");
  await visit("a", "v1");
  publish("a", "v2");
  await visit("a", "v2", []); // in another window
  await run("a", "v1");
  expect(kept()).not.toContain("a/latest.json");
});

test("one file that is not there any more keeps no other away", async () => {
  publish("a", "v1");
  host.set(`${MODELS}a/v1/reference.json`, "{}");
  host.set(`${SITE}assets/tfjs-2.js`, SCRIPT);
  await run("a", "v1", [
    ...["models/a/v1/gone.json", "models/a/v1/reference.json", "models/c/c1/manifest.json"],
    ...["assets/tfjs-1.js", "assets/tfjs-2.js"],
  ]);
  expect(kept()).toEqual([...whole("a", "v1"), "a/v1/reference.json", "index.json"]);
  expect(keptOfPage().map(([url]) => url)).toEqual([`${SITE}assets/tfjs-2.js`]);
});

test.each([
  ["is missing", undefined],
  ["is another than was built", "somebody else's"],
])("a page of which a file %s is not installed", async (_, content) => {
  host.set(SITE, PAGE);
  if (content) host.set(`${SITE}assets/index-1.js`, content);
  await expect(dispatch("install", {})).rejects.toThrow(`Received: no ${SITE}assets/index-1.js.`);
  host.set(`${SITE}assets/index-1.js`, SCRIPT);
  await dispatch("install", {});
  expect(keptOfPage().map(([url]) => url)).toEqual([`${SITE}assets/index-1.js`, SITE]);
});

test("the other pages are kept, if all are of the worker's build; else none of them", async () => {
  host.set(SITE, PAGE);
  host.set(`${SITE}assets/index-1.js`, SCRIPT);
  for (const path of BESIDE) host.set(SITE + path, PAGE);
  const keptBeside = () =>
    keptOfPage().flatMap(([url]) => (BESIDE.includes(url.slice(SITE.length)) ? [url] : []));
  await dispatch("install", {});
  expect(keptBeside()).toHaveLength(BESIDE.length);
  host.set(`${SITE}embed.js`, "of another build");
  stores.clear();
  await dispatch("install", {});
  expect(keptBeside()).toEqual([]);
  const request = { url: `${SITE}embed.html`, method: "GET", mode: "navigate", cache: "default" };
  // from the network
  expect(await (await dispatch("fetch", { request }))?.text()).toBe(PAGE);
});

describe("a script of the page is handed out as it was built", () => {
  const url = `${SITE}assets/index-1.js`;
  const EVIL = "somebody else's";
  const ask = async (address = url) => {
    const request = { url: address, method: "GET", mode: "cors", cache: "default" };
    return (await dispatch("fetch", { request }))?.text();
  };
  const keep = async (content: string) =>
    (await open(`sketch page ${SITE}`)).put(url, new Response(content));

  test("from the cache, whatever the host sends, also with a query", async () => {
    await keep(SCRIPT);
    host.set(url, EVIL);
    expect(await ask()).toBe(SCRIPT);
    expect(await ask(`${url}?2`)).toBe(SCRIPT);
  });

  test("from the host, where somebody has changed what the browser keeps", async () => {
    await keep(EVIL);
    httpCache.set(url, EVIL);
    host.set(url, SCRIPT);
    expect(await ask()).toBe(SCRIPT);
    expect(await keptOfPage()[0]![1].clone().text()).toBe(SCRIPT);
  });

  test("or not at all", async () => {
    await keep(EVIL);
    host.set(url, EVIL);
    await expect(ask()).rejects.toThrow("another file");
  });

  test("while one of another build comes from the host, which the worker does not keep", async () => {
    host.set(`${SITE}assets/index-2.js`, "of another build");
    expect(await ask(`${SITE}assets/index-2.js`)).toBe("of another build");
    expect(keptOfPage()).toEqual([]);
  });
});

test("immutable files are cached when they are read; history.json, which changes, is the network's", async () => {
  host.set(`${MODELS}a/v1/history.json`, "of one version");
  host.set(`${MODELS}a/history.json`, "of all versions");
  expect(await read("a/v1/history.json")).toBe("of one version");
  expect(await read("a/history.json")).toBeUndefined();
  expect(kept()).toEqual(["a/v1/history.json"]);
});
