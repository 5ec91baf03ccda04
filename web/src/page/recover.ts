// Repairs a page whose scripts the browser refuses. A page pins its scripts and styles by
// `integrity`. If somebody else controlled the host for a while, the browser's HTTP cache may hold
// their files instead. This script fetches the pinned files again, past that cache, and reloads the
// page. It comes before the others, so that it hears of each that is refused.

const TRIED = "fetched again"; // in sessionStorage: once is enough

/** @throws TypeError The host still sends other files, or there is no connection. */
async function fetchAgain(): Promise<void> {
  if (sessionStorage.getItem(TRIED)) return;
  const pinned = document.querySelectorAll<HTMLScriptElement & HTMLLinkElement>("[integrity]");
  await Promise.all(
    Array.from(pinned, ({ src, href, integrity }) =>
      fetch(src || href, { integrity, cache: "reload" }),
    ),
  );
  sessionStorage.setItem(TRIED, "1");
  location.reload();
}

addEventListener(
  "error",
  ({ target }) => {
    if (!(target instanceof HTMLElement && target.hasAttribute("integrity"))) return;
    // If that fails too, the page stays empty, and the browser's console says which file was wrong.
    fetchAgain().catch(() => undefined);
  },
  true, // errors of elements do not bubble
);
