// The examples of embed.html: each element gets the site's first model, and its own code is shown below it. The other code
// blocks are those of the page's panel “Use it”.
import { loadPanelWords } from "../page/language.ts";
import { hosted, hostingOf, type Hosting } from "../page/use/hosting.ts";
import { integrityOf, pinnedModules } from "../page/use/pinned.ts";
import { placeOf, SNIPPETS } from "../page/use/snippets.ts";
import type { Manifest } from "../runtime/manifest.ts";
import branded from "./branded.css?raw";
import listen from "./listen.js?raw";
import "./listen.js";

const here = (path: string): string => new URL(path, document.baseURI).href;

function snippet(element: Element, isFirst: boolean): string {
  const attributes = Array.from(element.attributes, ({ name, value }) => {
    const quote = value.includes('"') ? "'" : '"';
    return value === "" ? name : `${name}=${quote}${value}${quote}`;
  });
  // src first: it is the one attribute that everyone needs.
  attributes.sort((a, b) => Number(b.startsWith("src=")) - Number(a.startsWith("src=")));
  const inside = element.innerHTML.trim();
  const content = inside === "" ? "" : `\n  ${inside}\n`;
  const html = `<sketch-classifier\n  ${attributes.join("\n  ")}\n>${content}</sketch-classifier>`;
  return isFirst ? `<script type="module" src="${here("embed.js")}"></script>\n${html}` : html;
}

const codeOf = (text: string): HTMLElement => Object.assign(document.createElement("code"), { textContent: text });

function blockOf(code: string): HTMLElement {
  const pre = document.createElement("pre");
  pre.tabIndex = 0; // it scrolls horizontally
  pre.append(codeOf(code));
  return pre;
}

/** Show the code of the page's panel “Use it”, for the version that a model's latest.json names. */
async function showSnippets(pointer: string, hosting: Hosting): Promise<void> {
  const { version } = (await (await fetch(pointer, { cache: "no-cache" })).json()) as { version: string };
  const address = new URL(`${version}/manifest.json`, pointer).href;
  const manifest = (await (await fetch(address)).json()) as Manifest;
  const there = hosted(address, document.baseURI, hosting);
  const place = placeOf(manifest, hosting.base, there, await integrityOf(address), pinnedModules());
  for (const holder of document.querySelectorAll<HTMLElement>("[data-snippet]")) {
    const code = SNIPPETS.find(({ title }) => title === holder.dataset["snippet"])?.code(place);
    if (code) holder.append(blockOf(code));
  }
}

async function start(): Promise<void> {
  await loadPanelWords(); // those of the snippets
  const response = await fetch("models/index.json", { cache: "no-cache" });
  const index = (await response.json()) as { models: readonly { path: string }[]; base_url?: unknown };
  const [first] = index.models;
  const hosting = hostingOf(document.baseURI, index.base_url);
  const advice = hosting.advice.split("`").map((text, at) => (at % 2 === 1 ? codeOf(text) : text));
  const notice = document.querySelector<HTMLElement>(".notice")!;
  notice.append(...advice);
  notice.hidden = hosting.advice === "";
  for (const section of document.querySelectorAll(".example")) {
    const element = section.querySelector("sketch-classifier")!;
    if (first) element.setAttribute("src", here(`models/${first.path}`));
    const code = snippet(element, section.matches("[data-script]"));
    section.append(blockOf(code.replaceAll(here("."), hosting.base)));
    if (section.matches("[data-css]")) section.append(blockOf(branded.trim()));
    if (section.matches("[data-listen]")) section.append(blockOf(listen.trim()));
  }
  if (first) await showSnippets(here(`models/${first.path}`), hosting);
}

void start();
