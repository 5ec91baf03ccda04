// Keeps a section in place in the window while panels above it are fetched and grow. The scroll anchoring of browsers is not
// enough: Safari has none, and it does not work while the growing panel is itself visible.

/** How long to keep it in place; panels fill within about a second. */
const ANCHOR_MS = 4000;

let current: { readonly element: Element; readonly release: () => void; readonly extend: () => void } | null = null;

/** The first place below the list of sections, where that stays at the window's top. In CSS pixels from there. */
export function belowNav(): number {
  const nav = document.querySelector<HTMLElement>(".parts-nav");
  return nav && getComputedStyle(nav).position === "sticky" ? nav.offsetHeight : 0;
}

/** True if some of it is in the window; false for hidden elements. */
export function isInWindow(element: Element): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > belowNav() && top < innerHeight;
}

/** Keep the anchored element for as long again, and return it. One that the visitor has scrolled away from is let go. */
export function extendAnchor(): Element | null {
  current?.extend();
  return current?.element ?? null;
}

/**
 * Keep an element in place for some seconds, or until the visitor presses a key or a button. It replaces the one before.
 *
 * @param top Where to keep it, in CSS pixels below the top of the window; it may change, as while the list of sections is filled.
 *   When the visitor scrolls, the element stays at its new place.
 */
export function anchor(element: Element, top: () => number): void {
  current?.release();
  const listening = new AbortController();
  const { signal } = listening;
  let wanted = top;
  // Last known positions of the element and the page. A short page may end before the element reaches its place.
  let { top: reached, height } = element.getBoundingClientRect();
  let y = scrollY;

  const follow = () => {
    const { top: now, height: tall } = element.getBoundingClientRect();
    const moved = scrollY - y;
    const end = document.documentElement.scrollHeight - innerHeight;
    // Not every movement is the visitor's scrolling: a page that became shorter is moved as well, and the browser's own scroll
    // anchoring moves the page but not the element.
    const isCut = moved < 0 && scrollY >= end - 1;
    // The element grew, and what comes after it was kept in place: by an anchor that the browser had chosen before.
    const isKept = tall !== height && Math.abs(moved - tall + height) < 1;
    if (Math.abs(moved) >= 1 && Math.abs(now - reached + moved) < 1 && !isCut && !isKept) wanted = () => now;
    reached = now;
    height = tall;
    y = scrollY;
  };
  const settle = () => {
    follow(); // scroll events arrive late
    // Not smoothly, or every panel on the way would be fetched, and grow.
    const distance = reached - wanted();
    if (Math.abs(distance) >= 1) scrollBy({ top: distance, behavior: "instant" });
    reached = element.getBoundingClientRect().top;
    y = scrollY;
  };
  // Now the browser itself keeps nothing in place (panels.css).
  const { classList } = document.documentElement;
  classList.add("anchored");
  const growth = new ResizeObserver(() => {
    settle();
    // Observe again in the next frame: further growth in this frame could not be delivered, which browsers report as an error.
    growth.disconnect();
    requestAnimationFrame(() => {
      if (!signal.aborted) growth.observe(document.body);
    });
  });
  const end = () => {
    classList.remove("anchored");
    growth.disconnect();
    listening.abort();
    clearTimeout(timer);
    current = null;
  };
  let timer = setTimeout(end, ANCHOR_MS);
  const extend = () => {
    settle(); // what has grown since the last frame may have pushed it away
    clearTimeout(timer);
    if (isInWindow(element)) timer = setTimeout(end, ANCHOR_MS);
    else end();
  };
  current = { element, release: end, extend };
  growth.observe(document.body);
  addEventListener("scroll", follow, { signal, passive: true });
  for (const type of ["pointerdown", "keydown"]) addEventListener(type, end, { signal, capture: true });
  settle();
}
