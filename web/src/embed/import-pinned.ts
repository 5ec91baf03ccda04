// How a pinned module imports its parts: scripts/bundle.mjs puts this in place of import().

/**
 * Import a module, but run only what has this hash. A page's own `integrity` covers the module that
 * it names, and import() takes no hash: but it takes a module that the page has already, which an
 * element with `integrity` has brought.
 *
 * @param path Relative to the importing module.
 */
export async function importPinned<T>(path: string, integrity: string): Promise<T> {
  let url = new URL(path, import.meta.url).href;
  // Without a page, as in a worker, nobody can have pinned the importing module.
  if ("document" in globalThis)
    await bring(url, integrity).catch(async () => {
      // The HTTP cache may hold what the host sent while somebody else controlled it. Browsers
      // never fetch a module again that they refused once, so this one gets another address.
      await fetch((url += "?again"), { cache: "reload" });
      return bring(url, integrity);
    });
  return (await import(/* @vite-ignore */ url)) as T;
}

/** Let the page fetch a module and check it, by an element that leaves again. */
function bring(url: string, integrity: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // WebKit does not check what it preloads. The others do, also where a page forbids that strings
    // become scripts.
    const preloads = "trustedTypes" in window && !navigator.vendor.startsWith("Apple");
    const element = document.createElement(preloads ? "link" : "script") as HTMLLinkElement &
      HTMLScriptElement;
    element.integrity = integrity;
    element.crossOrigin = "";
    element.nonce = document.querySelector<HTMLElement>("script[nonce]")?.nonce ?? "";
    element.onload = element.onerror = (event) => {
      element.remove();
      if ((event as Event).type === "load") resolve();
      else reject(new Error(`${url} is missing or changed`));
    };
    if (preloads) {
      element.rel = "modulepreload";
      element.href = url;
    } else {
      element.type = "module";
      element.src = url;
    }
    document.head.append(element);
  });
}
