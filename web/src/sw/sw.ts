// The service worker: after one visit the page works offline. It caches what was published, never a
// drawing.
//
// A cached copy is replaced only by a complete one. index.html is cached once everything that it
// refers to is. A model's latest.json is replaced once the page has run the version that it points
// to and everything which that version needs is cached; the former version is deleted last. So
// whatever is interrupted, a visitor who is offline gets the old page and model or the new ones,
// never half of each.
//
// The worker knows the hash of each file that it was built with, and hands out nothing else under
// that file's name: neither what somebody who had taken over the host has left in the browser's
// caches, nor what that host still sends.
import type { Message, Ran } from "./message.ts";

declare const self: ServiceWorkerGlobalScope;

/** Paths, relative to the site, and the hash of each file, as in the attribute `integrity`. */
type Hashes = Readonly<Record<string, string>>;
/** Files in assets/ that the page needs. scripts/build.mjs defines all three lists. */
declare const __ASSETS__: Hashes;
/** Files in assets/ that are cached only once they were used. */
declare const __LATER__: Hashes;
/** The pages beside index.html and what they bring in: kept all together or not at all. */
declare const __BESIDE__: Hashes;

const SCOPE = self.registration.scope; // the site's address, with a slash at its end
const MODELS = `${SCOPE}models/`;
const INDEX = `${MODELS}index.json`;
const urlsOf = (hashes: Hashes): string[] => Object.keys(hashes).map((path) => SCOPE + path);
const BESIDE = urlsOf(__BESIDE__);
/** By address. */
const HASHES = new Map(
  Object.entries({ ...__ASSETS__, ...__LATER__, ...__BESIDE__ }).map(([path, hash]) => [
    SCOPE + path,
    hash,
  ]),
);
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
  const used = urlsOf(__LATER__).filter((url) => ran.read.includes(url));
  event.waitUntil(keepAssets(used));
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
    event.respondWith(asset(event, url));
  } else if (isPointer(url)) {
    event.respondWith(
      networkFirst(event, MODEL_CACHE, url, (response) => {
        pointers.set(url, response);
      }),
    );
  } else if (isOfVersion(url)) {
    event.respondWith(cacheFirst(event));
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
  const missing = await keepAssets(urlsOf(__ASSETS__));
  if (missing.length > 0) {
    throw new Error(
      `All files of the page must be available as they were built. Received: no ${missing.join(", ")}. Publish it again.`,
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

/** True if this is the content that the worker was built with. */
async function isUnchanged(response: Response, url: string): Promise<boolean> {
  const content = await response.clone().arrayBuffer();
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return HASHES.get(url) === `sha256-${btoa(String.fromCharCode(...hash))}`;
}

/** The unchanged copy of a file in the cache. */
async function keptAsset(url: string): Promise<Response | null> {
  const copy = await (await caches.open(PAGE_CACHE)).match(url);
  return copy && (await isUnchanged(copy, url)) ? copy : null;
}

/**
 * Fetch a file of the page as it was built. The second time, past the HTTP cache.
 *
 * @throws TypeError It cannot be fetched, or is another.
 */
async function fetchAsset(url: string): Promise<Response> {
  const integrity = HASHES.get(url)!;
  const response = await fetch(url, { integrity }).catch(() =>
    fetch(url, { integrity, cache: "reload" }),
  );
  if (!response.ok) throw new TypeError(`${url}: status ${response.status}`);
  return response;
}

/**
 * Cache these files of the page, unless there is an unchanged copy.
 *
 * @returns The files that could not be fetched; they do not prevent caching the others.
 */
async function keepAssets(urls: readonly string[]): Promise<readonly string[]> {
  const cache = await caches.open(PAGE_CACHE);
  const kept = await Promise.allSettled(
    urls.map(async (url) => {
      if (!(await keptAsset(url))) await cache.put(url, await fetchAsset(url));
    }),
  );
  return urls.filter((_, index) => kept[index]?.status === "rejected");
}

/**
 * Cache those of these files of a model that are not cached yet.
 *
 * @returns The files that could not be fetched; they do not prevent caching the others.
 */
async function addMissing(urls: readonly string[]): Promise<readonly string[]> {
  const cache = await caches.open(MODEL_CACHE);
  const kept = new Set((await cache.keys()).map(({ url }) => url));
  const missing = urls.filter((url) => !kept.has(url));
  const added = await Promise.allSettled(missing.map((url) => cache.add(url)));
  return missing.filter((_, index) => added[index]?.status === "rejected");
}

async function activate(): Promise<void> {
  await drop(PAGE_CACHE, (url) => url !== SCOPE && !HASHES.has(url));
  await self.clients.claim();
}

/** Cache index.html, if everything that it refers to is cached. */
async function keepIndex(response: Response): Promise<boolean> {
  const html = await response.clone().text();
  const used = Array.from(
    html.matchAll(/(?:src|href)="(?:\.\/)?(assets\/[^"?#]+)/g),
    ([, path]) => path ?? "",
  );
  if (used.length === 0 || !used.every((path) => Object.hasOwn(__ASSETS__, path))) return false;
  await (await caches.open(PAGE_CACHE)).put(SCOPE, response);
  return true;
}

/**
 * Cache the pages beside it and what they bring in, if all of it is of this worker's build; else
 * keep none of it.
 */
async function keepBeside(): Promise<void> {
  const missing = await keepAssets(BESIDE);
  if (missing.length > 0) await drop(PAGE_CACHE, (url) => BESIDE.includes(url));
}

/**
 * Cache the model that the page has run: first its files, then what points to it; then drop its
 * former version.
 */
async function keepModel({ manifest, files, read }: Ran): Promise<void> {
  const version = folderOf(manifest);
  const home = folderOf(version.slice(0, -1));
  const needed = await addMissing([manifest, ...files]);
  const beside = read.filter((url) => url.startsWith(version));
  await addMissing(beside); // files that panels have shown are optional
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
 * For a file of the page: as it was built, from the cache, or else from the network, and cached
 * from then on. One of another build, which is being published, is the next worker's to check.
 */
async function asset(event: FetchEvent, url: string): Promise<Response> {
  if (!HASHES.has(url)) return fetch(event.request);
  const kept = await keptAsset(url);
  if (kept) return kept;
  const response = await fetchAsset(url);
  const copy = response.clone();
  event.waitUntil(caches.open(PAGE_CACHE).then((cache) => cache.put(url, copy)));
  return response;
}

/**
 * For files of a model's version, which never change: from the cache, or else from the network, and
 * cached from then on. The page checks them.
 */
async function cacheFirst(event: FetchEvent): Promise<Response> {
  const { request } = event;
  const cache = await caches.open(MODEL_CACHE);
  // "reload" is the page's second try after a damaged copy: it must not get that copy again.
  const kept = request.cache === "reload" ? undefined : await cache.match(request.url);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.status === 200) event.waitUntil(cache.put(request.url, response.clone()));
  return response;
}

/**
 * For files that may have changed: from the network, or from the cache if that fails or takes too
 * long. The HTTP cache is asked for nothing that the host does not confirm.
 */
async function networkFirst(
  event: FetchEvent,
  name: string,
  key: string,
  use: (fresh: Response) => unknown,
): Promise<Response> {
  const copy = HASHES.has(key)
    ? keptAsset(key)
    : caches.open(name).then((cache) => cache.match(key));
  const { url, redirect } = event.request; // of a navigation no other Request can be made
  const fresh = fetch(url, { redirect, cache: "no-cache" }).then((response) => {
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
