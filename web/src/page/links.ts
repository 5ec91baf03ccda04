// Links to the page in its other languages, and to the other pages. They keep the language, the model and the drawing, which
// are in the address.
import { create, find } from "./dom.ts";
import { addressIn, LANGUAGES } from "./language.ts";

export function mountLinks(root: ParentNode, spoken: string): void {
  const links = LANGUAGES.filter((language) => language !== spoken).map((language) => {
    const link = create("a", "", new Intl.DisplayNames([language], { type: "language" }).of(language) ?? language);
    link.lang = link.hreflang = language;
    leadTo(link, () => addressIn(language, location.href));
    return link;
  });
  find(root, ".languages").replaceChildren(...links);
  for (const link of root.querySelectorAll<HTMLAnchorElement>(":is(.parts-nav, .onward, .parts) a:not([href^='#'])")) {
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
