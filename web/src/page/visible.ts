// A panel that is off screen costs nothing while somebody draws.
import type { PageState, Store } from "./state.ts";

/**
 * How far outside the window a section still follows the state, so that nothing stale scrolls into
 * view.
 */
const MARGIN = "200px";

/**
 * As `store.watch`, for listeners that compute or paint: while `section` is off screen they are not
 * called, and once when it comes back, if one of `keys` has changed meanwhile, or before the page
 * is printed.
 *
 *     watchVisible(store, section, ["model", "prediction"], (state) => { … });
 *
 * The first call comes at once. While the section is hidden they are called as usual, since the
 * listener may be what shows it. Announcements, requests and the address must change at once
 * wherever the visitor is: they stay with `store.watch`.
 */
export function watchVisible(
  store: Store,
  section: HTMLElement,
  keys: readonly (keyof PageState)[],
  listener: (state: PageState) => void,
): void {
  let isNear = true;
  let isStale = false;
  const catchUp = () => {
    if (!isStale) return;
    isStale = false;
    listener(store.state);
  };
  store.watch(keys, (state) => {
    isStale = !isNear && !section.hidden;
    if (!isStale) listener(state);
  });
  const observer = new IntersectionObserver(
    (entries) => {
      isNear = entries.at(-1)?.isIntersecting === true;
      if (isNear) catchUp();
    },
    { rootMargin: MARGIN },
  );
  observer.observe(section);
  matchMedia("print").addEventListener("change", catchUp);
}
