// The list of the page's sections, in sight wherever the visitor is, and jumping to one of them: panels that load meanwhile must
// not push it away.
import { create, find } from "./dom.ts";
import { say } from "./language.ts";
import { anchor, belowNav } from "./scroll-anchor.ts";

/** The line across the window, as a share of its height from the top: the section that lies there is the current one. */
const LINE = 0.4;

export function mountNav(root: ParentNode): void {
  const nav = find(root, ".parts-nav");
  const names: Readonly<Record<string, string>> = say.page.sections;
  const targets = new Map<string, HTMLElement>(); // by their #
  let requested = location.hash; // the section may not be there yet

  const items = Array.from(root.querySelectorAll<HTMLElement>("main > section[id]"), (target) => {
    const link = create("a", "", names[target.id] ?? target.id);
    link.href = `#${target.id}`;
    const item = create("li", "", link);
    targets.set(link.hash, target);
    // A hidden section, such as one that needs a linear model, has no entry.
    const follow = () => {
      item.hidden = target.hidden;
      if (link.hash !== requested || target.hidden) return;
      requested = "";
      anchor(target, belowNav);
    };
    new MutationObserver(follow).observe(target, { attributeFilter: ["hidden"] });
    follow();
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // another tab or window
      event.preventDefault();
      target.tabIndex = -1;
      target.focus({ preventScroll: true });
      anchor(target, belowNav);
      // The fragment may hold something else, such as a drawing: it is kept.
      if (location.hash === "" || targets.has(location.hash)) history.replaceState(history.state, "", link.hash);
    });
    return item;
  });
  find(nav, "ul").replaceChildren(...items);
  addEventListener("hashchange", () => {
    const target = targets.get(location.hash);
    if (target) anchor(target, belowNav);
  });
  find(root, ".skip").addEventListener("click", (event) => {
    event.preventDefault(); // the address may hold a drawing
    find(root, ".pad-canvas").focus();
  });
  followSections(nav, find(root, "main"), targets);
}

/**
 * Mark the entry of the section that is in sight, and keep it in sight itself. What leads to a section, such as a stop of
 * the tour, counts as its part.
 */
function followSections(nav: HTMLElement, main: Element, targets: ReadonlyMap<string, HTMLElement>): void {
  const above = `${-100 * LINE}%`;
  const below = `${-100 * (1 - LINE)}%`;
  const observer = new IntersectionObserver(
    (entries) => {
      let current = entries.filter(({ isIntersecting }) => isIntersecting).at(-1)?.target ?? null;
      while (current && !targets.has(`#${current.id}`)) current = current.nextElementSibling;
      if (!current) return; // between two sections, the one before stays marked
      for (const link of nav.querySelectorAll("a")) {
        if (targets.get(link.hash) !== current) {
          link.removeAttribute("aria-current");
          continue;
        }
        link.setAttribute("aria-current", "true");
        const { left, width } = link.getBoundingClientRect();
        const row = nav.getBoundingClientRect();
        nav.scrollBy({ left: left + width / 2 - row.left - row.width / 2 }); // smoothly, by the style sheet
      }
    },
    { rootMargin: `${above} 0px ${below} 0px` },
  );
  const observe = (element: Node) => {
    if (!(element instanceof Element)) return;
    observer.unobserve(element); // one that was moved is asked again
    observer.observe(element);
  };
  main.childNodes.forEach(observe);
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) addedNodes.forEach(observe);
  }).observe(main, { childList: true });
}
