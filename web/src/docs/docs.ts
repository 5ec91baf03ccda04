// embed.html: each example gets the model of the page, and all code the site's own addresses. The examples and their code were
// put into the page when it was built (examples.ts); the first one, which has knobs, is printed as it is now.
import { copyBlock, copyControls } from "../page/copy.ts";
import { create, find } from "../page/dom.ts";
import { say } from "../page/language.ts";
import type { Store } from "../page/state.ts";
import { hostingOf } from "../page/use/hosting.ts";
import { embedded } from "../page/words.ts";
import { codeOf } from "./code-of.ts";
import { turnKnobs } from "./knobs.ts";
import { MODEL, replaceIn, SITE } from "./place.ts";

const here = (path: string): string => new URL(path, document.baseURI).href;

/** @param section The first example; the others are further down the page. */
export function mount(section: HTMLElement, store: Store): void {
  const element = find(section, "sketch-classifier");
  const holder = create("div", "");
  section.append(holder);
  for (const head of document.querySelectorAll(".manual .snippet-head")) {
    head.append(...copyControls(head.textContent, find(head.parentElement!, "code")));
  }
  const show = () => {
    const code = codeOf(element, here("embed.js"));
    replaceIn(code, new Map([[here("."), hostingOf(document.baseURI, store.state.baseUrl).base]]));
    holder.replaceChildren(copyBlock("HTML", code, ""));
  };
  turnKnobs(find(section, ".knobs", HTMLFormElement), element, show);

  /** Addresses of site and model in the code as it is shown. */
  let [site, address] = [SITE, MODEL];
  store.watch(["model"], ({ model, baseUrl }) => {
    if (!model) return;
    const { name } = model.manifest;
    const { base } = hostingOf(document.baseURI, baseUrl);
    const latest = `models/${name}/latest.json`;
    const map = new Map([
      [address, base + latest],
      [site, base],
    ]);
    for (const code of document.querySelectorAll<HTMLElement>(".manual code")) replaceIn(code, map);
    [site, address] = [base, base + latest];
    for (const one of document.querySelectorAll("sketch-classifier")) one.setAttribute("src", here(latest));
    const { name: alt, thing } = embedded(model.manifest);
    element.textContent = say.use.belongs(thing);
    element.setAttribute("alt", alt);
    find(document, "#frame iframe", HTMLIFrameElement).src = here(`frame.html?model=${name}`);
    show();
    void import(/* @vite-ignore */ here("embed.js")); // not before: it warns of an element without src
    void import("./live.js");
  });
}
