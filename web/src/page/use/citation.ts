// How to cite a model: BibTeX made from its manifest. No DOM.
import type { Manifest } from "../../runtime/manifest.ts";
import { whole } from "../format.ts";

/** Text as BibTeX and LaTeX take it literally. */
export function escaped(text: string): string {
  const words: Readonly<Record<string, string>> = {
    "\\": "\\textbackslash{}",
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
  };
  return text.replace(/[\\~^#$%&_{}]/g, (character) => words[character] ?? `\\${character}`);
}

/** Address of the page with this model chosen, without whatever else the visitor's own address holds. */
export function pageOf(page: string, name: string): string {
  const address = new URL(".", page);
  address.searchParams.set("model", name);
  return address.href;
}

/**
 * The entry of the model card, and where to find it.
 *
 * @param page Address that shows the model.
 */
export function bibtex({ name, version, created, metrics, data }: Manifest, page: string): string {
  const notes = [`Keras model, version ${version}, made ${created.slice(0, 10)}`];
  if (metrics) {
    const images = `${whole(metrics.test_images)} test images${data ? ` of ${data.name}` : ""}`;
    notes.push(`Accuracy ${(100 * metrics.test_accuracy).toFixed(2)} % on ${images}`);
  }
  return [
    `@misc{${name}-${version},`.replaceAll("_", "-"), // not every BibTeX takes it in a key
    `  title = {{${escaped(name)}}},`, // doubled braces: styles must not change its case
    `  year = {${created.slice(0, 4)}},`,
    `  howpublished = {\\url{${page}}},`,
    `  note = {${escaped(notes.join(". "))}},`,
    "}",
  ].join("\n");
}
