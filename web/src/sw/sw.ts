// The service worker: after one visit the page works offline. It caches what was published, never a
// drawing.
//
// A cached copy is replaced only by a complete one. index.html is cached once everything that it
// refers to is. A model's latest.json is replaced once the page has run the version that it points
// to and everything which that version needs is cached; the former version is deleted last. So
// whatever is interrupted, a visitor who is offline gets the old page and model or the new ones,
// never half of each.
import type { Message, Ran } from "./message.ts";

declare const self: ServiceWorkerGlobalScope;

/**
 * The hashed files of the page that this worker was built with, relative to the site.
 * scripts/build.mjs defines both.
 */
declare const __ASSETS__: readonly string[];
/** Files that are cached only once they were used. */
declare const __LATER__: readonly string[];

const SCOPE = self.registration.scope; // the site's address, with a slash at its end
const MODELS = `${SCOPE}models/`;
const INDEX = `${MODELS}index.json`;
/**
 * The pages beside index.html and what they bring in, besides hashed files: kept all together or
 * not at all.
 */
const BESIDE = [
  "quality.html",
  "own.html",
  "embed.html",
  "embed.js",
  "load.js",
  "frame.html",
  "frame.js",
].map((path) => SCOPE + path);
/** An origin may hold several sites, so the names contain the scope. */
const PAGE_CACHE = `sketch page ${SCOPE}`;
const MODEL_CACHE = `sketch models ${SCOPE}`;
/** If there is a cached copy, a connection that is slower than this is treated as none. */
const PATIENCE_MS = 3000;

/**
 * This visit's responses for latest.json and index.json, until the page reports that the model they
 * point to runs.
 */
const pointers = new Map<string, Response>();

self.addEventListener("install", (event) => {
  event.waitUntil(install());
});
self.addEventListener("activate", (event) => {
  event.waitUntil(activate());
});
self.addEventListener("message", (event: ExtendableMessageEvent) => {
  const { ran } = event.data as Message;
  if (!ran?.manifest.startsWith(MODELS)) return;
  const used = __LATER__.map((path) => SCOPE + path).filter((url) => ran.read.includes(url));
  event.waitUntil(addMissing(PAGE_CACHE, used));
  event.waitUntil(keepModel(ran));
  event.waitUntil(keepPointer(INDEX, () => true));
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = request.url.replace(/[?#].*$/, "");
  if (request.method !== "GET" || !url.startsWith(SCOPE)) return;
  const navigates = request.mode === "navigate";
  if (navigates && (url === SCOPE || url === `${SCOPE}index.html`)) {
    event.respondWith(networkFirst(event, PAGE_CACHE, SCOPE, keepIndex));
  } else if (BESIDE.includes(url)) {
    // the next worker keeps the next ones
    event.respondWith(networkFirst(event, PAGE_CACHE, url, () => undefined));
  } else if (navigates) {
    return; // the model card or a download
  } else if (url.startsWith(`${SCOPE}assets/`)) {
    event.respondWith(cacheFirst(event, PAGE_CACHE));
  } else if (isPointer(url)) {
    event.respondWith(
      networkFirst(event, MODEL_CACHE, url, (response) => {
        pointers.set(url, response);
      }),
    );
  } else if (isOfVersion(url)) {
    event.respondWith(cacheFirst(event, MODEL_CACHE));
  }
});

/** latest.json of a model, and the index of all: they change. */
function isPointer(url: string): boolean {
  return url.startsWith(MODELS) && /^([^/]+\/latest|index)\.json$/.test(url.slice(MODELS.length));
}

/**
 * Files in a version's folder never change. A model's history.json, beside it, does, and only hosts
 * read it.
 */
function isOfVersion(url: string): boolean {
  return url.startsWith(MODELS) && /^[^/]+\/[^/]+\/./.test(url.slice(MODELS.length));
}

async function install(): Promise<void> {
  const missing = await addMissing(
    PAGE_CACHE,
    __ASSETS__.map((path) => SCOPE + path),
  );
  if (missing.length > 0) {
    throw new Error(
      `All files of the page must be available. Received: no ${missing.join(", ")}. Publish it again.`,
    );
  }
  const index = await fetch(SCOPE, { cache: "no-cache" });
  if (!index.ok || !(await keepIndex(index))) {
    // Publishing is in progress: the browser tries again at the next visit, and the former worker
    // serves until then.
    throw new Error(
      `${SCOPE} must be a page of this worker’s build. Received: status ${index.status}, another build.`,
    );
  }
  await keepBeside();
  await self.skipWaiting();
}

/**
 * Cache those of these files that are not cached yet.
 *
 * @returns The files that could not be fetched; they do not prevent caching the others.
 */
async function addMissing(name: string, urls: readonly string[]): Promise<readonly string[]> {
  const cache = await caches.open(name);
  const kept = new Set((await cache.keys()).map(({ url }) => url));
  const missing = urls.filter((url) => !kept.has(url));
  const added = await Promise.allSettled(missing.map((url) => cache.add(url)));
  return missing.filter((_, index) => added[index]?.status === "rejected");
}

async function activate(): Promise<void> {
  const assets = new Set([
    SCOPE,
    ...BESIDE,
    ...[...__ASSETS__, ...__LATER__].map((path) => SCOPE + path),
  ]);
  await drop(PAGE_CACHE, (url) => !assets.has(url));
  await self.clients.claim();
}

/** Cache index.html, if everything that it refers to is cached. */
async function keepIndex(response: Response): Promise<boolean> {
  const html = await response.clone().text();
  const used = Array.from(
    html.matchAll(/(?:src|href)="(?:\.\/)?(assets\/[^"?#]+)"/g),
    ([, path]) => path ?? "",
  );
  if (used.length === 0 || !used.every((path) => __ASSETS__.includes(path))) return false;
  await (await caches.open(PAGE_CACHE)).put(SCOPE, response);
  return true;
}

/**
 * Cache the pages beside it and what they bring in, if all of it is of this worker's build; else
 * keep none of it.
 */
async function keepBeside(): Promise<void> {
  const cache = await caches.open(PAGE_CACHE);
  const known = new Set([...__ASSETS__, ...__LATER__]);
  const fresh = await Promise.all(BESIDE.map((url) => fetch(url, { cache: "no-cache" })));
  const texts = await Promise.all(fresh.map((response) => response.clone().text()));
  const used = texts.flatMap((text) =>
    Array.from(text.matchAll(/["'`]\.\/(assets\/[^"'`?#]+)/g), ([, path]) => path!),
  );
  const isWhole = fresh.every(({ ok }) => ok) && used.every((path) => known.has(path));
  await Promise.all(
    BESIDE.map((url, index) => (isWhole ? cache.put(url, fresh[index]!) : cache.delete(url))),
  );
}

/**
 * Cache the model that the page has run: first its files, then what points to it; then drop its
 * former version.
 */
async function keepModel({ manifest, files, read }: Ran): Promise<void> {
  const version = folderOf(manifest);
  const home = folderOf(version.slice(0, -1));
  const needed = await addMissing(MODEL_CACHE, [manifest, ...files]);
  const beside = read.filter((url) => url.startsWith(version));
  await addMissing(MODEL_CACHE, beside); // files that panels have shown are optional
  if (needed.length > 0) return; // the former version stays
  const pointer = `${home}latest.json`;
  // Meanwhile another version may have been published that has not been run here yet.
  const isCurrent = await keepPointer(
    pointer,
    (content) => `${home}${content.version ?? ""}/` === version,
  );
  if (isCurrent)
    await drop(
      MODEL_CACHE,
      (url) => url.startsWith(home) && url !== pointer && !url.startsWith(version),
    );
}

/**
 * Cache this visit's response for latest.json or index.json, if its content is accepted.
 *
 * @returns True if it was cached.
 */
async function keepPointer(
  url: string,
  accepts: (content: { readonly version?: string }) => boolean,
): Promise<boolean> {
  const response = pointers.get(url) ?? (await fetch(url));
  pointers.delete(url);
  if (!response.ok || !accepts((await response.clone().json()) as { readonly version?: string }))
    return false;
  await (await caches.open(MODEL_CACHE)).put(url, response);
  return true;
}

const folderOf = (url: string): string => url.replace(/[^/]*$/, "");

async function drop(name: string, isOld: (url: string) => boolean): Promise<void> {
  const cache = await caches.open(name);
  for (const request of await cache.keys()) {
    if (isOld(request.url)) await cache.delete(request);
  }
}

/**
 * For files that never change: from the cache, or else from the network, and cached from then on.
 */
async function cacheFirst(event: FetchEvent, name: string): Promise<Response> {
  const { request } = event;
  const cache = await caches.open(name);
  // "reload" is the page's second try after a damaged copy: it must not get that copy again.
  const kept = request.cache === "reload" ? undefined : await cache.match(request.url);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.status === 200) event.waitUntil(cache.put(request.url, response.clone()));
  return response;
}

/**
 * For files that may have changed: from the network, or from the cache if that fails or takes too
 * long.
 */
async function networkFirst(
  event: FetchEvent,
  name: string,
  key: string,
  use: (fresh: Response) => unknown,
): Promise<Response> {
  const copy = caches.open(name).then((cache) => cache.match(key));
  const fresh = fetch(event.request).then((response) => {
    if (response.ok) event.waitUntil(Promise.resolve(use(response.clone())));
    return response;
  });
  const late = new Promise<null>((resolve) => {
    setTimeout(resolve, PATIENCE_MS, null);
  });
  const answer = await Promise.race([fresh.catch(() => null), late]);
  if (answer?.ok === true) return answer;
  return (await copy) ?? fresh;
}
