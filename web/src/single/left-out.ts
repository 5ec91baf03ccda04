// The last panel of the page in one file: what it leaves out, and where that is.
import { create, rich } from "../page/dom.ts";
import { say } from "../page/language.ts";
import type { Store } from "../page/state.ts";
import { without } from "../page/without.ts";
import "./left-out.css";

export function mount(section: HTMLElement, store: Store): void {
  const heading = create("h2", "", say.rest.title);
  heading.id = "rest-title";
  section.setAttribute("aria-labelledby", heading.id);
  store.watch(["model"], ({ model, baseUrl }) => {
    if (!model) return;
    const { intro, files, use, site, nowhere } = say.rest;
    const missing = Object.entries(files).filter(([key]) => without.has(key) && model.manifest.files?.[key]);
    const list = create(
      "ul",
      "left-out",
      ...[...missing.map(([, words]) => words), use].map((words) => create("li", "", words)),
    );
    const link = create("a", "", String(baseUrl));
    link.href = String(baseUrl);
    const where = typeof baseUrl === "string" ? rich(site, { site: link }) : [nowhere];
    section.replaceChildren(heading, create("p", "left-out", intro), list, create("p", "left-out", ...where));
  });
}
