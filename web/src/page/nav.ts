// The list of the page's sections, and jumping to one of them: panels that load meanwhile must not push it away.
import { find } from "./dom.ts";
import { anchor } from "./scroll-anchor.ts";

export function mountNav(root: ParentNode): void {
  const nav = find(root, ".parts-nav");
  const targets = new Map<string, HTMLElement>();
  let requested = location.hash; // the section may not be there yet
  for (const link of nav.querySelectorAll<HTMLAnchorElement>("a[href^='#']")) {
    const id = link.hash.slice(1);
    const target = find(root, `#${id}`);
    targets.set(link.hash, target);
    // A hidden section, such as one that needs a linear model, has no entry.
    const follow = () => {
      (link.parentElement ?? link).hidden = target.hidden;
      if (link.hash !== requested || target.hidden) return;
      requested = "";
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
      // The fragment may hold something else, such as a drawing: it is kept.
      if (location.hash === "" || targets.has(location.hash)) history.replaceState(history.state, "", link.hash);
    });
  }
  addEventListener("hashchange", () => {
    const target = targets.get(location.hash);
    if (target) anchor(target, 0);
  });
}
