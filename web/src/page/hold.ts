// Keeping a part where it is in the window while panels above it are fetched and grow. Browsers' own scroll anchoring does
// this only in part: not in Safari, and not where the panel that grows is itself in sight.

/** How long; panels are filled within a second or so. */
const HOLD_MS = 4000;

let release: (() => void) | null = null;

/** Whether a part is being held. */
export const isHolding = (): boolean => release !== null;

/**
 * Hold an element until the visitor touches something, or some seconds are over; what was held before is let go.
 *
 * @param top Of the element, in CSS pixels below the window's top. When the visitor scrolls, it is held wherever that leads.
 */
export function hold(element: HTMLElement, top: number): void {
  release?.();
  let wanted = top;
  let isFree = false; // the visitor has scrolled
  const listening = new AbortController();
  const { signal } = listening;
  const settle = () => {
    const distance = element.getBoundingClientRect().top - wanted;
    // Not smoothly: on the way, every panel in between would be fetched, and grow.
    if (Math.abs(distance) >= 1) scrollBy({ top: distance, behavior: "instant" });
  };
  const growth = new ResizeObserver(settle);
  const end = () => {
    growth.disconnect();
    listening.abort();
    clearTimeout(timer);
    release = null;
  };
  const timer = setTimeout(end, HOLD_MS);
  release = end;
  growth.observe(document.body);
  for (const type of ["wheel", "touchmove"]) {
    addEventListener(type, () => (isFree = true), { signal, passive: true, capture: true });
  }
  for (const type of ["pointerdown", "keydown"]) addEventListener(type, end, { signal, capture: true });
  addEventListener(
    "scroll",
    () => {
      if (isFree) wanted = element.getBoundingClientRect().top;
    },
    { signal, passive: true },
  );
  settle();
}
