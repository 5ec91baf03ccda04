// An element of the page as the code that makes it, marked up as colour.ts does it.
import { create } from "../page/dom.ts";
import { HIGHER, STYLE } from "../page/use/snippets.ts";

export const styleOf = (element: Element): string => (element.matches("[explain][theme]") ? HIGHER : STYLE);

/** @param script Address of a script that comes before it. */
export function codeOf(element: Element, script: string): DocumentFragment {
  // src first: it is the one attribute that everyone needs.
  const attributes = Array.from(element.attributes, ({ name, value }) => [name, value] as const).sort(
    ([a], [b]) => Number(b === "src") - Number(a === "src"),
  );
  const own = attributes.flatMap(([name, value]) => [
    "\n  ",
    ...attribute(name, name === "style" ? styleOf(element) : value),
  ]);
  const code = document.createDocumentFragment();
  code.append(
    ...tag("script", " ", ...attribute("type", "module"), " ", ...attribute("src", script)),
    ...tag("/script"),
    "\n",
    ...tag("sketch-classifier", ...own, "\n"),
    `\n  ${element.textContent.trim().replace(/\s+/g, " ")}\n`,
    ...tag("/sketch-classifier"),
  );
  return code;
}

type Piece = string | HTMLElement;

/** @param name Begins with a slash where the element ends. */
function tag(name: string, ...attributes: readonly Piece[]): readonly Piece[] {
  const slash = name.startsWith("/") ? "/" : "";
  return [`<${slash}`, create("span", "hljs-name", name.slice(slash.length)), ...attributes, ">"];
}

function attribute(name: string, value: string): readonly Piece[] {
  const quote = value.includes('"') ? "'" : '"';
  const given = value === "" ? [] : ["=", create("span", "hljs-string", quote + value + quote)];
  return [create("span", "hljs-attr", name), ...given];
}
