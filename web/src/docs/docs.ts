// The examples of embed.html: each element gets the site's first model, and its own code is shown below it. The other code
// blocks are those of the page's panel “Use it”.
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

function blockOf(code: string): HTMLElement {
  const pre = document.createElement("pre");
  pre.tabIndex = 0; // it scrolls horizontally
  const block = document.createElement("code");
  block.textContent = code;
  pre.append(block);
  return pre;
}

/** Show the code of the page's panel “Use it”, for the version that a model's latest.json names. */
async function showSnippets(pointer: string): Promise<void> {
  const { version } = (await (await fetch(pointer, { cache: "no-cache" })).json()) as { version: string };
  const address = new URL(`${version}/manifest.json`, pointer).href;
  const manifest = (await (await fetch(address)).json()) as Manifest;
  const place = placeOf(manifest, document.baseURI, address, await integrityOf(address), pinnedModules());
  for (const holder of document.querySelectorAll<HTMLElement>("[data-snippet]")) {
    const code = SNIPPETS.find(({ title }) => title === holder.dataset["snippet"])?.code(place);
    if (code) holder.append(blockOf(code));
  }
}

async function start(): Promise<void> {
  const response = await fetch("models/index.json", { cache: "no-cache" });
  const { models } = (await response.json()) as { models: readonly { path: string }[] };
  const [first] = models;
  for (const section of document.querySelectorAll(".example")) {
    const element = section.querySelector("sketch-classifier")!;
    if (first) element.setAttribute("src", here(`models/${first.path}`));
    section.append(blockOf(snippet(element, section.matches("[data-script]"))));
    if (section.matches("[data-css]")) section.append(blockOf(branded.trim()));
    if (section.matches("[data-listen]")) section.append(blockOf(listen.trim()));
  }
  if (first) await showSnippets(here(`models/${first.path}`));
}

void start();
