// embed.html: each example gets the site's first model, and all code the site's own addresses. The examples and their code were
// put into the page when it was built (examples.ts); the first one, which has knobs, is printed as it is now.
import { copyBlock, copyControls } from "../page/copy.ts";
import { loadPanelWords } from "../page/language.ts";
import { hosted, hostingOf, type Hosting } from "../page/use/hosting.ts";
import { integrityOf, pinnedModules } from "../page/use/pinned.ts";
import { placeOf, SNIPPETS } from "../page/use/snippets.ts";
import type { Manifest } from "../runtime/manifest.ts";
import { codeOf } from "./code-of.ts";
import { turnKnobs } from "./knobs.ts";
import { MODEL, replaceIn, replacements, SITE } from "./place.ts";

interface Index {
  readonly models: readonly { readonly name: string; readonly path: string }[];
  readonly base_url?: unknown;
}

const here = (path: string): string => new URL(path, document.baseURI).href;

const block = (title: string, code: string | DocumentFragment): HTMLElement =>
  copyBlock(title, code, "", undefined, "h3");

/** Show the code of the page's panel “Use it”, for the version that a model's latest.json names. */
async function showSnippets(pointer: string, hosting: Hosting): Promise<void> {
  const { version } = (await (await fetch(pointer, { cache: "no-cache" })).json()) as { version: string };
  const address = new URL(`${version}/manifest.json`, pointer).href;
  const manifest = (await (await fetch(address)).json()) as Manifest;
  const there = hosted(address, document.baseURI, hosting);
  const place = placeOf(manifest, hosting.base, there, await integrityOf(address), pinnedModules());
  const map = replacements(place);
  for (const holder of document.querySelectorAll<HTMLElement>("[data-snippet]")) {
    const title = holder.dataset["snippet"]!;
    const code = SNIPPETS.find((one) => one.title === title)?.code(place);
    const inColour = holder.querySelector("template")!.content;
    replaceIn(inColour, map);
    // Without colours where they were made for another code: this one has no hash, on plain http.
    if (code) holder.replaceChildren(block(title, inColour.textContent === code ? inColour : code));
  }
}

/** The pad with the knobs, and its code. */
function tryOut(section: HTMLElement, { models }: Index, hosting: Hosting): void {
  const element = section.querySelector("sketch-classifier")!;
  const choice = section.querySelector<HTMLSelectElement>("[name=model]")!;
  choice.append(...models.map(({ name, path }) => new Option(name, here(`models/${path}`))));
  choice.parentElement!.hidden = models.length < 2;
  const advice = hosting.advice
    .split("`")
    .map((text, at) => (at % 2 === 1 ? Object.assign(document.createElement("code"), { textContent: text }) : text));
  const notice = section.querySelector<HTMLElement>(".notice")!;
  notice.append(...advice);
  notice.hidden = hosting.advice === "";
  const holder = document.createElement("div");
  const show = () => {
    const code = codeOf(element, here("embed.js"));
    replaceIn(code, new Map([[here("."), hosting.base]]));
    holder.replaceChildren(block("HTML", code));
  };
  show();
  section.append(holder);
  turnKnobs(section.querySelector<HTMLFormElement>(".knobs")!, element, show);
}

/** Let all examples run on a model, and print them for it. */
function runExamples({ name, path }: Index["models"][number], hosting: Hosting): void {
  const map = new Map([
    [MODEL, new URL(`models/${path}`, hosting.base).href],
    [SITE, hosting.base],
  ]);
  for (const block of document.querySelectorAll(".snippet")) {
    const code = block.querySelector("code")!;
    replaceIn(code, map);
    const head = block.querySelector(".snippet-head")!;
    head.append(...copyControls(head.textContent, code));
  }
  for (const element of document.querySelectorAll("sketch-classifier")) {
    element.setAttribute("src", here(`models/${path}`));
  }
  document.querySelector<HTMLIFrameElement>("#frame iframe")!.src = here(`frame.html?model=${name}`);
  void import("./live.js");
}

async function start(): Promise<void> {
  await loadPanelWords(); // those of the snippets
  const response = await fetch("models/index.json", { cache: "no-cache" });
  const index = (await response.json()) as Index;
  const [first] = index.models;
  const hosting = hostingOf(document.baseURI, index.base_url);
  if (first) runExamples(first, hosting);
  tryOut(document.querySelector("#try")!, index, hosting);
  if (first) await showSnippets(here(`models/${first.path}`), hosting);
}

void start();
