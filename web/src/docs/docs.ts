// The examples of embed.html: each element gets the site's first model, and its own code is shown below it. The other code
// blocks are those of the page's panel “Use it”.
import { copyBlock } from "../page/copy.ts";
import { loadPanelWords } from "../page/language.ts";
import { hosted, hostingOf, type Hosting } from "../page/use/hosting.ts";
import { integrityOf, pinnedModules } from "../page/use/pinned.ts";
import { placeOf, SNIPPETS } from "../page/use/snippets.ts";
import type { Manifest } from "../runtime/manifest.ts";
import branded from "./branded.css?raw";
import form from "./form.js?raw";
import "./form.js";
import { turnKnobs } from "./knobs.ts";
import listen from "./listen.js?raw";
import "./listen.js";
import { codeOf } from "./code-of.ts";

interface Index {
  readonly models: readonly { readonly name: string; readonly path: string }[];
  readonly base_url?: unknown;
}

const here = (path: string): string => new URL(path, document.baseURI).href;

const block = (title: string, code: string): HTMLElement => copyBlock(title, code, "", undefined, "h3");

/** Code that a section shows beside its element's own, by an attribute of the section. */
const MORE = { css: ["Style", branded], form: ["Script", form], listen: ["Script", listen] } as const;

/** Show the code of the page's panel “Use it”, for the version that a model's latest.json names. */
async function showSnippets(pointer: string, hosting: Hosting): Promise<void> {
  const { version } = (await (await fetch(pointer, { cache: "no-cache" })).json()) as { version: string };
  const address = new URL(`${version}/manifest.json`, pointer).href;
  const manifest = (await (await fetch(address)).json()) as Manifest;
  const there = hosted(address, document.baseURI, hosting);
  const place = placeOf(manifest, hosting.base, there, await integrityOf(address), pinnedModules());
  for (const holder of document.querySelectorAll<HTMLElement>("[data-snippet]")) {
    const title = holder.dataset["snippet"]!;
    const code = SNIPPETS.find((one) => one.title === title)?.code(place);
    if (code) holder.append(block(title, code));
  }
}

function showExample(section: HTMLElement, hosting: Hosting): void {
  const element = section.querySelector<HTMLElement>("sketch-classifier")!;
  const holder = document.createElement("div");
  const show = () => {
    const own = codeOf(element, "script" in section.dataset ? here("embed.js") : null);
    const code = "form" in section.dataset ? `<form id="exercise">\n${own}\n<button>Hand in</button>\n</form>` : own;
    holder.replaceChildren(block("HTML", code.replaceAll(here("."), hosting.base)));
  };
  show();
  section.append(holder);
  for (const [name, [title, code]] of Object.entries(MORE)) {
    if (name in section.dataset) section.append(block(title, code.trim()));
  }
  const knobs = section.querySelector<HTMLFormElement>(".knobs");
  if (knobs) turnKnobs(knobs, element, show);
}

async function start(): Promise<void> {
  await loadPanelWords(); // those of the snippets
  const response = await fetch("models/index.json", { cache: "no-cache" });
  const { models, base_url } = (await response.json()) as Index;
  const [first] = models;
  const hosting = hostingOf(document.baseURI, base_url);
  const advice = hosting.advice
    .split("`")
    .map((text, at) => (at % 2 === 1 ? Object.assign(document.createElement("code"), { textContent: text }) : text));
  const notice = document.querySelector<HTMLElement>(".notice")!;
  notice.append(...advice);
  notice.hidden = hosting.advice === "";
  const choice = document.querySelector<HTMLSelectElement>(".knobs [name=model]")!;
  choice.append(...models.map(({ name, path }) => new Option(name, here(`models/${path}`))));
  choice.parentElement!.hidden = models.length < 2;
  for (const section of document.querySelectorAll<HTMLElement>(".example")) {
    const element = section.querySelector("sketch-classifier")!;
    if (first) element.setAttribute("src", here(`models/${first.path}`));
    showExample(section, hosting);
  }
  if (first) await showSnippets(here(`models/${first.path}`), hosting);
}

void start();
