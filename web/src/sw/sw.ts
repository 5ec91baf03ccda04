// The service worker: after one visit the page works without a connection. It keeps what was published, never a drawing.
//
// A copy is exchanged only for one that is whole. The page's index.html is kept once all that it refers to is kept. What a
// model's latest.json points to is kept first, on the page's word that it runs, and latest.json last. So whatever breaks
// off, a visitor without a connection meets the old page and model or the new ones, never half of each.
export {}; // a module, so that “self” can have its own type here
declare const self: ServiceWorkerGlobalScope;

/** The hashed files of the page that this worker was built with, relative to the site. */
declare const __ASSETS__: readonly string[];
/** Those that are kept only once they were used. */
declare const __LATER__: readonly string[];

const SCOPE = self.registration.scope; // the site's address, with a slash at its end
const MODELS = `${SCOPE}models/`;
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
  const { keep } = event.data as { readonly keep?: readonly string[] };
  if (!keep) return;
  const used = __LATER__.map((path) => SCOPE + path).filter((url) => keep.includes(url));
  event.waitUntil(addMissing(used));
  event.waitUntil(keepModels(keep.filter((url) => url.startsWith(MODELS))));
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
  } else if (url.startsWith(MODELS)) {
    event.respondWith(cacheFirst(event, MODEL_CACHE));
  }
});

/** latest.json of a model, and the index of all: they change, all else in models/ does not. */
function isPointer(url: string): boolean {
  return url.startsWith(MODELS) && /^([^/]+\/latest|index)\.json$/.test(url.slice(MODELS.length));
}

async function install(): Promise<void> {
  await addMissing(__ASSETS__.map((path) => SCOPE + path));
  const index = await fetch(SCOPE, { cache: "no-cache" });
  if (!index.ok || !(await keepIndex(index))) {
    // Publication is under way: the browser tries again at the next visit, and the former worker serves until then.
    throw new Error(`${SCOPE} must be a page of this worker’s build. Received: status ${index.status}, another build.`);
  }
  await self.skipWaiting();
}

/** Keep these files of the page, as far as they are not kept yet. */
async function addMissing(urls: readonly string[]): Promise<void> {
  const cache = await caches.open(PAGE_CACHE);
  const kept = new Set((await cache.keys()).map(({ url }) => url));
  await cache.addAll(urls.filter((url) => !kept.has(url)));
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

/** Keep these files of models, which the page has run: the versions first, then what points to them. */
async function keepModels(urls: readonly string[]): Promise<void> {
  const cache = await caches.open(MODEL_CACHE);
  for (const url of urls.filter((url) => !isPointer(url))) {
    if (!(await cache.match(url))) await cache.add(url);
  }
  for (const url of urls.filter(isPointer)) {
    const response = pointers.get(url) ?? (await fetch(url));
    pointers.delete(url);
    if (!response.ok) continue;
    const { version } = (await response.clone().json()) as { readonly version?: string };
    const folder = url.replace(/[^/]+$/, "");
    const current = `${folder}${version ?? ""}/`;
    // Meanwhile another version may have been published, which nobody has run here yet.
    if (version !== undefined && !urls.includes(`${current}manifest.json`)) continue;
    await cache.put(url, response);
    if (version !== undefined) {
      await drop(MODEL_CACHE, (old) => old.startsWith(folder) && old !== url && !old.startsWith(current));
    }
  }
}

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
