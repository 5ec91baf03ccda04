// Use it: code to copy, downloads, and whose work it is made from.
import type { Model } from "../../runtime/types.ts";
import { copyBlock } from "../copy.ts";
import { create, createTitle } from "../dom.ts";
import { say } from "../language.ts";
import type { Store } from "../state.ts";
import { downloadTable } from "./downloads.ts";
import { hosted, hostingOf, type Hosting } from "./hosting.ts";
import { integrityOf, pinnedModules } from "./pinned.ts";
import { rightsOf } from "./rights.ts";
import { placeOf, SNIPPETS } from "./snippets.ts";
import "./use.css";

export function mount(section: HTMLElement, store: Store): void {
  const heading = createTitle(section, say.use.title);
  const content = create("div", "parts");
  store.watch(["model"], ({ model }) => {
    section.hidden = model === null;
    if (!model) return;
    void integrityOf(model.url).then((integrity) => {
      if (store.state.model !== model) return;
      const hosting = hostingOf(document.baseURI, store.state.baseUrl);
      content.replaceChildren(...partsOf(model, integrity, hosting));
      // Not before: an empty panel keeps its place in the page.
      if (!content.isConnected) section.append(heading, content);
    });
  });
}

/** @param integrity Hash of the manifest, or null. */
function partsOf({ manifest, url }: Model, integrity: string | null, hosting: Hosting): readonly HTMLElement[] {
  const { base, advice } = hosting;
  const place = placeOf(manifest, base, hosted(url, document.baseURI, hosting), integrity, pinnedModules());
  const snippets = SNIPPETS.flatMap(({ title, code, note, more }) => {
    const text = code(place);
    return text === null ? [] : [copyBlock(title, text, note(place), more)];
  });
  const rights = rightsOf(manifest);
  const words = advice.split("`").map((text, index) => (index % 2 === 1 ? create("code", "", text) : text));
  const part = (title: string, className: string, ...children: HTMLElement[]) =>
    create("section", `part ${className}`, create("h3", "", title), ...children);
  return [
    part(
      say.use.code,
      "wide",
      ...(advice ? [create("p", "notice", ...words)] : []),
      create("div", "snippets", ...snippets),
    ),
    part(say.use.downloads, "wide", downloadTable(manifest, url), ...(rights ? [create("p", "", rights)] : [])),
  ];
}
