// The service worker: after one visit the page works without a connection. It keeps what was published, never a drawing.
//
// A copy is exchanged only for one that is whole. The page's index.html is kept once all that it refers to is kept. A model's
// latest.json is exchanged once the page has run what it points to and all that this needs is kept; the former version goes
// last. So whatever breaks off, a visitor without a connection meets the old page and model or the new ones, never half of each.
import type { Message, Ran } from "./message.ts";

declare const self: ServiceWorkerGlobalScope;

/** The hashed files of the page that this worker was built with, relative to the site. */
declare const __ASSETS__: readonly string[];
/** Those that are kept only once they were used. */
declare const __LATER__: readonly string[];

const SCOPE = self.registration.scope; // the site's address, with a slash at its end
const MODELS = `${SCOPE}models/`;
const INDEX = `${MODELS}index.json`;
/** One origin may hold several sites, so the names carry the scope. */
const PAGE_CACHE = `sketch page ${SCOPE}`;
const MODEL_CACHE = `sketch models ${SCOPE}`;
/** A connection that is slower than this is treated as none, where there is a copy. */
const PATIENCE_MS = 3000;

/** The answers of this visit for latest.json and index.json, until the page says that what they point to runs. */
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
  } else if (navigates) {
    return; // the model card, a download
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

/** What lies in a version's folder never changes. A model's history.json, beside it, does, and only hosts read it. */
function isOfVersion(url: string): boolean {
  return url.startsWith(MODELS) && /^[^/]+\/[^/]+\/./.test(url.slice(MODELS.length));
}

async function install(): Promise<void> {
  const missing = await addMissing(
    PAGE_CACHE,
    __ASSETS__.map((path) => SCOPE + path),
  );
  if (missing.length > 0) {
    throw new Error(`All files of the page must be there. Received: no ${missing.join(", ")}. Publish it again.`);
  }
  const index = await fetch(SCOPE, { cache: "no-cache" });
  if (!index.ok || !(await keepIndex(index))) {
    // Publication is under way: the browser tries again at the next visit, and the former worker serves until then.
    throw new Error(`${SCOPE} must be a page of this worker’s build. Received: status ${index.status}, another build.`);
  }
  await self.skipWaiting();
}

/**
 * Keep these files, as far as they are not kept yet.
 *
 * @returns Those that cannot be had; they keep no other away.
 */
async function addMissing(name: string, urls: readonly string[]): Promise<readonly string[]> {
  const cache = await caches.open(name);
  const kept = new Set((await cache.keys()).map(({ url }) => url));
  const missing = urls.filter((url) => !kept.has(url));
  const added = await Promise.allSettled(missing.map((url) => cache.add(url)));
  return missing.filter((_, index) => added[index]?.status === "rejected");
}

async function activate(): Promise<void> {
  const assets = new Set([SCOPE, ...[...__ASSETS__, ...__LATER__].map((path) => SCOPE + path)]);
  await drop(PAGE_CACHE, (url) => !assets.has(url));
  await self.clients.claim();
}

/** Keep index.html, when everything that it refers to is kept. */
async function keepIndex(response: Response): Promise<boolean> {
  const html = await response.clone().text();
  const used = Array.from(html.matchAll(/(?:src|href)="(?:\.\/)?(assets\/[^"?#]+)"/g), ([, path]) => path ?? "");
  if (used.length === 0 || !used.every((path) => __ASSETS__.includes(path))) return false;
  await (await caches.open(PAGE_CACHE)).put(SCOPE, response);
  return true;
}

/** Keep the model that the page has run: its files first, then what points to it; then drop its former version. */
async function keepModel({ manifest, files, read }: Ran): Promise<void> {
  const version = folderOf(manifest);
  const home = folderOf(version.slice(0, -1));
  const needed = await addMissing(MODEL_CACHE, [manifest, ...files]);
  const beside = read.filter((url) => url.startsWith(version));
  await addMissing(MODEL_CACHE, beside); // what panels have shown is no condition
  if (needed.length > 0) return; // the former version stays
  const pointer = `${home}latest.json`;
  // Meanwhile another version may have been published, which nobody has run here yet.
  const isCurrent = await keepPointer(pointer, (content) => `${home}${content.version ?? ""}/` === version);
  if (isCurrent) await drop(MODEL_CACHE, (url) => url.startsWith(home) && url !== pointer && !url.startsWith(version));
}

/**
 * Keep what this visit was answered for latest.json or index.json, where its content may be kept.
 *
 * @returns Whether it was.
 */
async function keepPointer(
  url: string,
  accepts: (content: { readonly version?: string }) => boolean,
): Promise<boolean> {
  const response = pointers.get(url) ?? (await fetch(url));
  pointers.delete(url);
  if (!response.ok || !accepts((await response.clone().json()) as { readonly version?: string })) return false;
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

/** What never changes: from the copy; what is not kept yet, from the network, and it is kept from then on. */
async function cacheFirst(event: FetchEvent, name: string): Promise<Response> {
  const { request } = event;
  const cache = await caches.open(name);
  // "reload" is the page's second try after a damaged copy: it must not meet that copy again.
  const kept = request.cache === "reload" ? undefined : await cache.match(request.url);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.status === 200) event.waitUntil(cache.put(request.url, response.clone()));
  return response;
}

/** What may have changed: from the network; from the copy when that fails or takes long. */
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
