// An element of the page as the code that makes it.

/** @param script Address of a script that comes before it. */
export function codeOf(element: Element, script: string | null): string {
  const attributes = Array.from(element.attributes, ({ name, value }) => {
    const quote = value.includes('"') ? "'" : '"';
    return value === "" ? name : `${name}=${quote}${value}${quote}`;
  });
  // src first: it is the one attribute that everyone needs.
  attributes.sort((a, b) => Number(b.startsWith("src=")) - Number(a.startsWith("src=")));
  const inside = element.innerHTML.trim();
  const content = inside === "" ? "" : `\n  ${inside}\n`;
  const html = `<sketch-classifier\n  ${attributes.join("\n  ")}\n>${content}</sketch-classifier>`;
  return script === null ? html : `<script type="module" src="${script}"></script>\n${html}`;
}
