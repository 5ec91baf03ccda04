// Runs before the other scripts of a page, which it pins by `integrity`. If the browser refuses one,
// its HTTP cache may hold what somebody else sent who had taken over the host. This fetches them all
// past that cache and loads the page once more.

const TRIED = "fetched again";

async function recover(): Promise<void> {
  if (sessionStorage.getItem(TRIED)) return;
  sessionStorage.setItem(TRIED, "1");
  const pinned = document.querySelectorAll<HTMLScriptElement & HTMLLinkElement>("[integrity]");
  await Promise.all(
    Array.from(pinned, ({ src, href, integrity }) =>
      fetch(src || href, { integrity, cache: "reload" }),
    ),
  );
  location.reload();
}

/** A host that sends another file still, or a browser that keeps nothing: the page stays empty. */
const giveUp = (): undefined => undefined;

addEventListener(
  "error",
  ({ target }) => {
    if (target instanceof HTMLElement && target.hasAttribute("integrity")) recover().catch(giveUp);
  },
  true, // of elements, errors do not bubble
);

/** Style sheets may have been refused before this ran. */
for (const sheet of document.querySelectorAll<HTMLLinkElement>("link[rel=stylesheet][integrity]"))
  if (document.readyState !== "loading" && !sheet.sheet) recover().catch(giveUp);
