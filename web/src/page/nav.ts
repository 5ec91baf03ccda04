// The list of the page's parts, and landing on one of them: panels that load meanwhile must not push it away.
import { find } from "./dom.ts";
import { anchor } from "./scroll-anchor.ts";

export function mountNav(root: ParentNode): void {
  const nav = find(root, ".parts-nav");
  const targets = new Map<string, HTMLElement>();
  let asked = location.hash; // by the address; its part may not be there yet
  for (const link of nav.querySelectorAll<HTMLAnchorElement>("a[href^='#']")) {
    const id = link.hash.slice(1);
    const target = find(root, `#${id}`);
    targets.set(link.hash, target);
    // A part that hides itself, as what needs a linear model does, has no entry either.
    const follow = () => {
      (link.parentElement ?? link).hidden = target.hidden;
      if (link.hash !== asked || target.hidden) return;
      asked = "";
      anchor(target, 0);
    };
    new MutationObserver(follow).observe(target, { attributeFilter: ["hidden"] });
    follow();
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // another tab or window
      event.preventDefault();
      target.tabIndex = -1;
      target.focus({ preventScroll: true });
      anchor(target, 0);
      // What stands behind the # may be something else of the page's: that is not thrown away.
      if (location.hash === "" || targets.has(location.hash)) history.replaceState(history.state, "", link.hash);
    });
  }
  addEventListener("hashchange", () => {
    const target = targets.get(location.hash);
    if (target) anchor(target, 0);
  });
}
