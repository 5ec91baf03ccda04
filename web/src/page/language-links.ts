// Links to the page in its other languages; they keep the drawing, which is in the address.
import { create, find } from "./dom.ts";
import { addressIn, LANGUAGES } from "./language.ts";

export function mountLanguageLinks(root: ParentNode, spoken: string): void {
  const links = LANGUAGES.filter((language) => language !== spoken).map((language) => {
    const link = create("a", "", new Intl.DisplayNames([language], { type: "language" }).of(language) ?? language);
    link.lang = link.hreflang = language;
    const point = () => {
      link.href = addressIn(language, location.href);
    };
    point();
    // The address changes while somebody draws.
    for (const event of ["pointerdown", "focus", "click"]) link.addEventListener(event, point);
    return link;
  });
  find(root, ".languages").replaceChildren(...links);
}
