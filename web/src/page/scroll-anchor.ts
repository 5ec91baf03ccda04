// Keeping a part where it is in the window while panels above it are fetched and grow. Browsers' own scroll anchoring does
// this only in part: not in Safari, and not where the panel that grows is itself in sight.

/** How long; panels are filled within a second or so. */
const ANCHOR_MS = 4000;

let anchored: { readonly release: () => void; readonly prolong: () => void } | null = null;

/** Hold what is anchored for as long again; false when there is nothing. */
export function extendAnchor(): boolean {
  anchored?.prolong();
  return anchored !== null;
}

/**
 * Hold an element until the visitor presses something, or some seconds are over; what was anchored before is let go.
 *
 * @param top Of the element, in CSS pixels below the window's top. When the visitor scrolls, it is anchored wherever that leads.
 */
export function anchor(element: HTMLElement, top: number): void {
  anchored?.release();
  const listening = new AbortController();
  const { signal } = listening;
  let wanted = top;
  // Where the element and the page were when last seen. The page may end before the element is where it is wanted.
  let reached = element.getBoundingClientRect().top;
  let y = scrollY;

  const follow = () => {
    const now = element.getBoundingClientRect().top;
    const moved = scrollY - y;
    const end = document.documentElement.scrollHeight - innerHeight;
    // A page that became shorter than where it was scrolled to moves too; so does one that the browser itself holds in place
    // while it grows, but then the element has not moved in the window.
    const isCut = moved < 0 && scrollY >= end - 1;
    if (Math.abs(moved) >= 1 && Math.abs(now - reached + moved) < 1 && !isCut) wanted = now;
    reached = now;
    y = scrollY;
  };
  const settle = () => {
    follow(); // a scroll is reported later than it happens
    // Not smoothly: on the way, every panel in between would be fetched, and grow.
    if (Math.abs(reached - wanted) >= 1) scrollBy({ top: reached - wanted, behavior: "instant" });
    reached = element.getBoundingClientRect().top;
    y = scrollY;
  };
  const growth = new ResizeObserver(() => {
    settle();
    // Anew in the next frame: growth that follows in this one could not be reported any more, which browsers call an error.
    growth.disconnect();
    requestAnimationFrame(() => {
      if (!signal.aborted) growth.observe(document.body);
    });
  });
  const end = () => {
    growth.disconnect();
    listening.abort();
    clearTimeout(timer);
    anchored = null;
  };
  let timer = setTimeout(end, ANCHOR_MS);
  const prolong = () => {
    clearTimeout(timer);
    timer = setTimeout(end, ANCHOR_MS);
  };
  anchored = { release: end, prolong };
  growth.observe(document.body);
  addEventListener("scroll", follow, { signal, passive: true });
  for (const type of ["pointerdown", "keydown"]) addEventListener(type, end, { signal, capture: true });
  settle();
}
