// The list of the page's stops, in sight wherever the visitor is, and jumping to one of them:
// panels that load meanwhile must not push it away.
import { find } from "./dom.ts";

/**
 * The line across the window, as a share of its height from the top: the stop that lies there is
 * the current one.
 */
const LINE = 0.4;

/** How long panels on the way may fill and grow, on a busy phone with a slow network too. */
const FILLING_MS = 20_000;

/** The # of the stop that an address names, by itself or behind a drawing. */
const stopOf = (hash: string) => hash.replace(/^.*&stop=/, "#");

let release = (): void => undefined;

/**
 * Bring a section to the window's top, and keep it there while panels above it fill, until the
 * visitor does something.
 */
function jump(section: HTMLElement): void {
  release();
  const until = new AbortController();
  // Not smoothly, or every panel on the way would be fetched, and grow.
  const settle = () => {
    section.scrollIntoView({ behavior: "instant" });
  };
  const growth = new ResizeObserver(() => {
    requestAnimationFrame(() => {
      if (!until.signal.aborted) settle();
    });
  });
  release = () => {
    growth.disconnect();
    until.abort();
  };
  for (const type of ["pointerdown", "keydown", "wheel", "touchmove"]) {
    addEventListener(type, release, { signal: until.signal, capture: true, passive: true });
  }
  setTimeout(release, FILLING_MS);
  growth.observe(document.body);
  settle();
}

export function mountNav(root: ParentNode): void {
  const nav = find(root, ".parts-nav");
  const sections = new Map<string, HTMLElement>(); // by their #
  let requested = stopOf(location.hash); // the section may not be there yet

  for (const section of root.querySelectorAll<HTMLElement>("main section[id]")) {
    const hash = `#${section.id}`;
    sections.set(hash, section);
    const item = find(nav, `li:has([href="${hash}"])`);
    // A hidden section, such as one that needs a linear model, has no entry.
    const follow = () => {
      item.hidden = section.hidden;
      if (hash !== requested || section.hidden) return;
      requested = "";
      jump(section);
    };
    new MutationObserver(follow).observe(section, { attributeFilter: ["hidden"] });
    follow();
    item.addEventListener("click", (event) => {
      // another tab or window
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      section.tabIndex = -1;
      section.focus({ preventScroll: true });
      jump(section);
      // Behind a drawing, so that a link leads to this stop with it.
      const [kept] = location.hash.split("&stop=") as [string];
      const isDrawing = kept !== "" && !sections.has(kept);
      history.replaceState(history.state, "", isDrawing ? `${kept}&stop=${section.id}` : hash);
    });
  }
  addEventListener("hashchange", () => {
    const section = sections.get(stopOf(location.hash));
    if (section) jump(section);
  });
  find(root, ".skip").addEventListener("click", (event) => {
    event.preventDefault(); // the address may hold a drawing
    find(root, ".pad-canvas").focus();
  });
  followSections(nav, sections.values());
}

/** Mark the entry of the section that is in sight, and keep it in sight itself. */
function followSections(nav: HTMLElement, sections: Iterable<HTMLElement>): void {
  const observer = new IntersectionObserver(
    (entries) => {
      const current = entries.filter(({ isIntersecting }) => isIntersecting).at(-1)?.target;
      if (!current) return; // between two sections, the one before stays marked
      for (const link of nav.querySelectorAll("a")) {
        if (link.hash !== `#${current.id}`) {
          link.removeAttribute("aria-current");
          continue;
        }
        link.setAttribute("aria-current", "true");
        const { left, width } = link.getBoundingClientRect();
        const row = nav.getBoundingClientRect();
        // smoothly, by the style sheet
        nav.scrollBy({ left: left + width / 2 - row.left - row.width / 2 });
      }
    },
    { rootMargin: `${-100 * LINE}% 0px ${-100 * (1 - LINE)}% 0px` },
  );
  for (const section of sections) observer.observe(section);
}
