// Tables for the lower panels, with row and column headers; a table that is too wide scrolls in its
// own region.
import { create, createHeader } from "./dom.ts";
import "./tables.css";

type Content = Node | string;

/** @param rows The first cell of each row is its header. */
export function table(
  caption: string,
  head: readonly Content[],
  rows: readonly (readonly Content[])[],
): HTMLTableElement {
  const body = rows.map(([first = "", ...rest]) =>
    create(
      "tr",
      "",
      createHeader("row", first),
      ...rest.map((content) => create("td", "", content)),
    ),
  );
  return create(
    "table",
    "figures",
    create("caption", "", create("span", "", caption)),
    create("thead", "", create("tr", "", ...head.map((content) => createHeader("col", content)))),
    create("tbody", "", ...body),
  );
}

/**
 * A region that scrolls horizontally if its content is too wide. It is then focusable, so that the
 * keyboard can scroll it.
 */
export function scroller(label: string, child: HTMLElement): HTMLElement {
  const region = create("div", "scroller", child);
  const follow = () => {
    const scrolls = region.scrollWidth > region.clientWidth;
    if (scrolls === region.hasAttribute("tabindex")) return;
    if (scrolls) {
      region.tabIndex = 0;
      region.setAttribute("role", "region");
      region.setAttribute("aria-label", label);
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) region.removeAttribute(name);
    }
  };
  // In the next frame: a ResizeObserver must not cause another resize.
  const observer = new ResizeObserver(() => requestAnimationFrame(follow));
  observer.observe(region);
  observer.observe(child);
  return region;
}
