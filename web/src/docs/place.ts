// Code is coloured when the page is built, with addresses of nowhere in it. This puts the site's own in their place.
import { placeOf, type Place } from "../page/use/snippets.ts";
import { embedded } from "../page/words.ts";
import type { Manifest } from "../runtime/manifest.ts";

/** As the files of examples/ write them. */
export const SITE = "https://example.org/site/";
export const MODEL = `${SITE}models/mnist-softmax/latest.json`;

/** A placeholder: the part of a digit model's manifest that the snippets need. */
export function nowhere(): Place {
  const manifest = { name: "mnist-softmax", noun: "digit", preprocess: { drawing: [] }, input: { image: {} } };
  const names = ["embed.js", "load.js", "frame.js", "frame-content.js"] as const;
  const modules = names.map((name) => [name, { path: `assets/of-${name}`, integrity: `sha384-of-${name}` }] as const);
  return placeOf(
    { ...manifest, formats: [] } as unknown as Manifest,
    SITE,
    `${SITE}models/mnist-softmax/0/manifest.json`,
    "sha384-of-the-manifest",
    Object.fromEntries(modules) as unknown as Place["modules"],
  );
}

/** All that depends on the place in the code of snippets. */
const valuesOf = ({ manifest, embed, page, frame, modules, pinned, integrity, latest }: Place): readonly string[] => [
  ...Object.values(modules).flatMap(({ path, integrity }) => [path, integrity]),
  ...[pinned, integrity ?? "", latest, embed, `${frame}?model=${manifest.name}`, page, new URL(page).host],
  ...Object.values(embedded(manifest)),
];

/** Each value of the placeholder → its value at this place. */
export function replacements(place: Place): ReadonlyMap<string, string> {
  const there = valuesOf(place);
  return new Map(valuesOf(nowhere()).map((value, index) => [value, there[index]!]));
}

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
