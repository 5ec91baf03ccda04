// Panels further down the page: their code, styles and files are fetched when the visitor comes near them.
import { create } from "./dom.ts";
import { failure } from "./failures.ts";
import { anchor, extendAnchor } from "./scroll-anchor.ts";
import type { Store } from "./state.ts";

/** What a panel's module exports. `section` is its empty element in index.html, which it fills. */
export interface Panel {
  readonly mount: (section: HTMLElement, store: Store) => void;
}

/** By the `data-panel` of its section: a new panel is a folder, a section and a line here. */
const PANELS: Readonly<Record<string, () => Promise<Panel>>> = {
  quality: () => import("./quality/quality.ts"),
  learn: () => import("./learn/learn.ts"),
  use: () => import("./use/use.ts"),
};

/** How far below the window a panel is fetched already, so that it stands there when it comes into view. */
const AHEAD = "400px";

export function followPanels(root: ParentNode, store: Store): void {
  const sections = root.querySelectorAll<HTMLElement>("[data-panel]");
  let begun = false;
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        void open(target as HTMLElement, store);
      }
    },
    { rootMargin: AHEAD },
  );
  // All of them tell about a model. Before the first one is there, the page is still so short that they would be in sight.
  store.watch(["model"], ({ model }) => {
    if (begun || !model) return;
    begun = true;
    for (const section of sections) {
      // From here on a panel that has nothing to show hides itself, or is hidden by what it needs (facts.ts).
      if (section.dataset["needs"] === undefined) section.hidden = false;
      observer.observe(section);
    }
  });
}

async function open(section: HTMLElement, store: Store): Promise<void> {
  const panel = PANELS[section.dataset["panel"] ?? ""];
  if (!panel) throw new Error(`index.html has a panel that panels.ts does not know: ${section.outerHTML}`);
  let mount: Panel["mount"];
  try {
    ({ mount } = await panel());
  } catch {
    // Browsers remember that an import failed: a second one fails without asking the network, until the page is loaded anew.
    offer(section, "This part of the page did not arrive. Check your connection.", "Load the page again", () => {
      location.reload(); // the address keeps the drawing
    });
    return;
  }
  try {
    keepBelow(section);
    section.replaceChildren();
    mount(section, store);
  } catch (error) {
    const status = failure(error);
    const words = status.kind === "failed" ? `${status.title}. ${status.advice}` : "";
    offer(section, words, "Try again", () => void open(section, store));
  }
}

/** A visitor who sees the next part already, coming from below or by a link, must not lose it while this one grows. */
function keepBelow(section: HTMLElement): void {
  let next = section.nextElementSibling;
  while (next instanceof HTMLElement && next.hidden) next = next.nextElementSibling;
  if (extendAnchor() || !(next instanceof HTMLElement) || section.getBoundingClientRect().top >= 0) return;
  const { top } = next.getBoundingClientRect();
  if (top < innerHeight) anchor(next, top);
}

function offer(section: HTMLElement, words: string, label: string, act: () => void): void {
  const button = create("button", "retry", label);
  button.type = "button";
  button.addEventListener("click", act);
  section.replaceChildren(create("p", "", words), button);
}
