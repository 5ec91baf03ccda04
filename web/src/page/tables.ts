// Tables of the lower panels: real ones, with headers for rows and columns, that scroll inside themselves when they must.
import { create } from "./dom.ts";

type Content = Node | string;

/** @param rows The first of each row is its header. */
export function table(
  caption: string,
  head: readonly Content[],
  rows: readonly (readonly Content[])[],
): HTMLTableElement {
  const header = (content: Content, scope: "row" | "col") => {
    const cell = create("th", "", content);
    cell.scope = scope;
    return cell;
  };
  const body = rows.map(([first = "", ...rest]) =>
    create("tr", "", header(first, "row"), ...rest.map((content) => create("td", "", content))),
  );
  return create(
    "table",
    "figures",
    create("caption", "", create("span", "", caption)),
    create("thead", "", create("tr", "", ...head.map((content) => header(content, "col")))),
    create("tbody", "", ...body),
  );
}

/** A region that scrolls sideways when its content is too wide, by keyboard too; then it is a stop for the Tab key. */
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
  // In the next frame: nothing may be changed or measured anew while sizes are being reported.
  const observer = new ResizeObserver(() => requestAnimationFrame(follow));
  observer.observe(region);
  observer.observe(child);
  return region;
}

/** Numbers for those who do not see a chart, or want to look closer. */
export function asTable(summary: string, content: HTMLTableElement): HTMLDetailsElement {
  return create("details", "as-table", create("summary", "", summary), scroller(summary, content));
}
