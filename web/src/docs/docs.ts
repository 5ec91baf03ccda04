// The examples of embed.html: each element gets the site's first model, and shows the code that it is.
import branded from "./branded.css?raw";
import listen from "./listen.js?raw";
import "./listen.js";

const here = (path: string): string => new URL(path, document.baseURI).href;

function snippet(element: Element, isFirst: boolean): string {
  const attributes = Array.from(element.attributes, ({ name, value }) => {
    const quote = value.includes('"') ? "'" : '"';
    return value === "" ? name : `${name}=${quote}${value}${quote}`;
  });
  // The address first: it is what everybody needs.
  attributes.sort((a, b) => Number(b.startsWith("src=")) - Number(a.startsWith("src=")));
  const html = `<sketch-classifier\n  ${attributes.join("\n  ")}\n>${element.innerHTML.trim()}</sketch-classifier>`;
  return isFirst ? `<script type="module" src="${here("embed.js")}"></script>\n${html}` : html;
}

function show(section: Element, code: string): void {
  const pre = document.createElement("pre");
  pre.tabIndex = 0; // it scrolls sideways
  const block = document.createElement("code");
  block.textContent = code;
  pre.append(block);
  section.append(pre);
}

async function start(): Promise<void> {
  const response = await fetch("models/index.json", { cache: "no-cache" });
  const { models } = (await response.json()) as { models: readonly { path: string }[] };
  const [first] = models;
  for (const section of document.querySelectorAll(".example")) {
    const element = section.querySelector("sketch-classifier")!;
    if (first) element.setAttribute("src", here(`models/${first.path}`));
    show(section, snippet(element, section.matches("[data-script]")));
    if (section.matches("[data-css]")) show(section, branded.trim());
    if (section.matches("[data-listen]")) show(section, listen.trim());
  }
}

void start();
