// Links to the page in its other languages, and to the other pages. They keep the language, the
// model and the drawing, which are in the address.
import { addressIn } from "./language.ts";

export function mountLinks(root: ParentNode, spoken: string): void {
  for (const link of root.querySelectorAll<HTMLAnchorElement>(".languages a")) {
    if (link.lang === spoken) link.remove();
    link.hidden = false;
    leadTo(link, () => addressIn(link.lang, location.href));
  }
  for (const link of root.querySelectorAll<HTMLAnchorElement>(
    ":is(.pages-nav, .onward, .parts) a",
  )) {
    const [page = "", stop] = link.href.split("#");
    leadTo(link, () => {
      const drawing = /^#(drawing|test)=.*/.exec(location.hash)?.[0] ?? "";
      return page + location.search + (stop ? `#${stop}` : drawing);
    });
  }
}

/** Have a link lead where the page's own address says, which changes while somebody draws. */
function leadTo(link: HTMLAnchorElement, address: () => string): void {
  const point = () => {
    link.href = address();
  };
  point();
  for (const event of ["pointerdown", "focus", "click"]) link.addEventListener(event, point);
}
