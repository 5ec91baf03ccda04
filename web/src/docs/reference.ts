// The contents and the tables of embed.html, generated when the page is built.
import { SECTIONS, type Row } from "../embed/describe.ts";

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const formatted = (markdown: string): string => escaped(markdown).replace(/`([^`]+)`/g, "<code>$1</code>");
const codeOf = (text: string | undefined): string => (text ? `<code>${escaped(text)}</code>` : "");
const idOf = (title: string): string => title.toLowerCase().replaceAll(" ", "-");

/** Fill the places that the page has for them. */
export const withReference = (html: string): string =>
  html.replace("<!-- reference -->", reference).replace("<!-- contents -->", () => contentsOf(html));

function reference(): string {
  const sections = SECTIONS.map(({ title, rows }) => {
    const entries: readonly [string, Row][] = Object.entries(rows);
    // Slots and parts have neither types nor defaults.
    const columns = (["type", "default"] as const).filter((column) => entries.some(([, row]) => row[column]));
    const lines = entries.map(([name, row]) => {
      const term = name === "" ? "(default)" : codeOf(name);
      const cells = columns.map((column) => `<td class="${column}">${codeOf(row[column])}</td>`);
      return `<tr><th scope="row">${term}</th>${cells.join("")}<td>${formatted(row.description)}</td></tr>`;
    });
    const heads = ["Name", ...columns.map((column) => (column === "type" ? "Type" : "Default")), "Meaning"];
    const head = heads.map((name) => `<th scope="col">${name}</th>`).join("");
    return `<h3 id="${idOf(title)}">${escaped(title)}</h3>
<table class="reference"><thead><tr>${head}</tr></thead><tbody>${lines.join("")}</tbody></table>`;
  });
  return `<section id="reference"><h2>Reference</h2>${sections.join("\n")}</section>`;
}

/** Links to the page's own sections, and to the tables. */
function contentsOf(html: string): string {
  const own = [...html.matchAll(/<section id="([^"]+)"[^>]*>\s*<h2>([^<]+)<\/h2>/g)].map(([, id, title]) => [
    id,
    title,
  ]);
  const tables = SECTIONS.map(({ title }) => [idOf(title), title]);
  const items = [...own, ...tables].map(([id, title]) => `<li><a href="#${id!}">${escaped(title!)}</a></li>`);
  return `<nav class="contents" aria-label="Contents"><ol>${items.join("")}</ol></nav>`;
}
