// The tables of embed.html, generated when the page is built.
import { SECTIONS } from "../embed/describe.ts";

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const formatted = (markdown: string): string => escaped(markdown).replace(/`([^`]+)`/g, "<code>$1</code>");

export const reference = (): string =>
  SECTIONS.map(({ title, rows }) => {
    const lines = Object.entries(rows).map(([name, { description }]) => {
      const term = name === "" ? "(default)" : `<code>${escaped(name)}</code>`;
      return `<tr><th scope="row">${term}</th><td>${formatted(description)}</td></tr>`;
    });
    return `<section><h2>${escaped(title)}</h2><table>${lines.join("")}</table></section>`;
  }).join("\n");
