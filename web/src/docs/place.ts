// The examples are coloured when the page is built, with addresses of nowhere in them. This puts the site's own in their place.

/** As the files of examples/ write them. */
export const SITE = "https://example.org/site/";
export const MODEL = `${SITE}models/mnist-softmax/latest.json`;

/** Replace, in one pass, what the map has in the texts of `root`. */
export function replaceIn(root: Node, map: ReadonlyMap<string, string>): void {
  const longestFirst = [...map.keys()].sort((a, b) => b.length - a.length);
  const any = new RegExp(longestFirst.map((text) => text.replace(/[.?]/g, "\\$&")).join("|"), "g");
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode as Text;
    const replaced = text.data.replace(any, (found) => map.get(found)!);
    if (replaced !== text.data) text.data = replaced;
  }
}
