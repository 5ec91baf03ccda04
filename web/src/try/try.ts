// “Try it” in embed.html: the element, its knobs, each of which sets one of its attributes, and the
// code that makes it.
import { copyBlock } from "../page/copy.ts";
import { find } from "../page/dom.ts";
import { say } from "../page/language.ts";
import type { Store } from "../page/state.ts";
import { hosted, hostingOf } from "../page/use/hosting.ts";
import { HIGHER, STYLE } from "../page/use/snippets.ts";
import { embedded } from "../page/words.ts";
import "./try.css";

const here = (path: string): string => new URL(path, document.baseURI).href;
const styleOf = (element: Element): string =>
  element.matches("[explain][theme]") ? HIGHER : STYLE;

export function mount(section: HTMLElement, store: Store): void {
  const element = find(section, "sketch-classifier");
  const knobs = find(section, ".knobs", HTMLFormElement);
  const block = copyBlock("HTML", "", "");
  section.append(block);
  const show = () => {
    element.style.cssText = styleOf(element); // until its script is there
    find(block, "code").textContent = codeOf(element, store.state.baseUrl);
  };
  knobs.addEventListener("submit", (event) => {
    event.preventDefault();
  });
  knobs.addEventListener("input", ({ target }) => {
    turn(element, target as HTMLInputElement | HTMLSelectElement);
    show();
  });
  store.watch(["model"], ({ model }) => {
    if (!model) return;
    const { name: alt, thing } = embedded(model.manifest);
    element.textContent = say.use.belongs(thing);
    element.setAttribute("alt", alt);
    element.setAttribute("src", here(`models/${model.manifest.name}/latest.json`));
    show();
    void import(/* @vite-ignore */ here("embed.js")); // not before: it warns of an element without src
  });
}

/** An empty value takes the attribute away. */
function turn(element: HTMLElement, knob: HTMLInputElement | HTMLSelectElement): void {
  const { name, value } = knob;
  if (knob.type === "checkbox") element.toggleAttribute(name, knob.checked);
  else if (value === "") element.removeAttribute(name);
  else element.setAttribute(name, value);
  // The element reads the language together with its name and other texts.
  if (name === "lang") element.setAttribute("alt", element.getAttribute("alt") ?? "");
}

/** @param baseUrl Where the owner says that the site is. */
function codeOf(element: HTMLElement, baseUrl: unknown): string {
  const hosting = hostingOf(document.baseURI, baseUrl);
  // src first: it is the one attribute that everyone needs.
  const attributes = Array.from(
    element.attributes,
    ({ name, value }) => [name, value] as const,
  ).sort(([a], [b]) => Number(b === "src") - Number(a === "src"));
  const lines = attributes.map(([name, value]) => {
    const shown = name === "style" ? styleOf(element) : hosted(value, document.baseURI, hosting);
    const quote = shown.includes('"') ? "'" : '"';
    return shown === "" ? name : name + "=" + quote + shown + quote;
  });
  return `<script type="module" src="${hosting.base}embed.js"></script>
<sketch-classifier
  ${lines.join("\n  ")}
>
  ${element.textContent}
</sketch-classifier>`;
}
