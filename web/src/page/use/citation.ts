// BibTeX for a model, from its manifest. No DOM.
import type { Manifest } from "../../runtime/manifest.ts";
import { whole } from "../format.ts";

/** Escape text for BibTeX and LaTeX. */
export function escaped(text: string): string {
  const words: Readonly<Record<string, string>> = {
    "\\": "\\textbackslash{}",
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
  };
  return text.replace(/[\\~^#$%&_{}]/g, (character) => words[character] ?? `\\${character}`);
}

/** Address of the page with this model chosen, and nothing else from the visitor's address. */
export function pageOf(page: string, name: string): string {
  const address = new URL(".", page);
  address.searchParams.set("model", name);
  return address.href;
}

/**
 * The same entry as in the model card, plus where to find the model.
 *
 * @param page Address of the page that shows the model.
 */
export function bibtex({ name, version, created, metrics, data }: Manifest, page: string): string {
  const notes = [`Keras model, version ${version}, made ${created.slice(0, 10)}`];
  if (metrics) {
    const images = `${whole(metrics.test_images)} test images${data ? ` of ${data.name}` : ""}`;
    notes.push(`Accuracy ${(100 * metrics.test_accuracy).toFixed(2)} % on ${images}`);
  }
  return [
    `@misc{${name}-${version},`.replaceAll("_", "-"), // not every BibTeX allows it in a key
    `  title = {{${escaped(name)}}},`, // double braces: styles must not change its case
    `  year = {${created.slice(0, 4)}},`,
    `  howpublished = {\\url{${page}}},`,
    `  note = {${escaped(notes.join(". "))}},`,
    "}",
  ].join("\n");
}
