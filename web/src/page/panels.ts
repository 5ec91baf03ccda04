// Panels further down a page: their code, styles and files are fetched when the visitor scrolls
// near them.
import { create, createButton } from "./dom.ts";
import { failure } from "./failures.ts";
import { loadPanelWords, say } from "./language.ts";
import type { Store } from "./state.ts";

/**
 * The exports of a panel's module. `mount` fills `section`, the panel's element in the HTML of its
 * page.
 */
export interface Panel {
  readonly mount: (section: HTMLElement, store: Store) => void;
}

/** By the `data-panel` of the section. A new panel is a folder, a section and a line here. */
const PANELS: Readonly<Record<string, () => Promise<Panel>>> = {
  gets: () => import("./gets/gets.ts"),
  votes: () => import("./votes/votes.ts"),
  percent: () => import("./percent/percent.ts"),
  mind: () => import("./mind/mind.ts"),
  learning: () => import("./learning/learning.ts"),
  doubt: () => import("./doubt/doubt.ts"),
  // On pages of their own.
  quality: () => import("./quality/quality.ts"),
  own: () => import("./own/own.ts"),
  use: () => import("./use/use.ts"),
  try: () => import("../try/try.ts"),
};

/**
 * How far below the window a panel is already fetched, so that it is there when it comes into view.
 */
const AHEAD = "400px";

export function followPanels(root: ParentNode, store: Store): void {
  const waiting = new Set(root.querySelectorAll<HTMLElement>("[data-panel]"));
  const fetchPanel = async (section: HTMLElement) => {
    if (waiting.delete(section)) await open(section, store);
  };
  const observe = (rootMargin: string): IntersectionObserver => {
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries)
          if (isIntersecting) void fetchPanel(target as HTMLElement);
      },
      { rootMargin },
    );
    for (const section of waiting) observer.observe(section);
    return observer;
  };
  let begun = false;
  // They all need a model.
  store.watch(["model"], ({ model }) => {
    if (begun || !model) return;
    begun = true;
    // A visitor who only looks at the first window loads nothing for the second.
    const inSight = observe("0px");
    const look = () => {
      inSight.disconnect();
      observe(AHEAD);
    };
    if (scrollY > 0) look();
    else addEventListener("scroll", look, { once: true, passive: true });
    // The Tab key leads from each stop to the next, which must be there by then.
    addEventListener("focusin", ({ target }) => {
      if (!(target instanceof Element && target.matches(":focus-visible"))) return;
      const isNext = (section: Element) =>
        target.compareDocumentPosition(section) & Node.DOCUMENT_POSITION_FOLLOWING;
      const next = [...waiting].find(isNext);
      if (next) void fetchPanel(next);
    });
    fillBeforePrinting(() => {
      const shown = [...waiting].filter((section) => !section.hidden);
      return Promise.all(shown.map(fetchPanel));
    });
  });
}

/**
 * Have all panels filled on paper. A browser does not wait for them once it prints, so the keys that
 * print wait first. From its menu the first print has the figures of those that are missing.
 */
function fillBeforePrinting(fill: () => Promise<unknown>): void {
  addEventListener("beforeprint", () => void fill());
  addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "p" || !(event.ctrlKey || event.metaKey)) return;
    if (event.shiftKey || event.altKey) return;
    event.preventDefault();
    void fill().then(print);
  });
}

/**
 * WebKit applies no style sheet before those that were asked for with it: a panel waits for the
 * others that are coming.
 */
const coming = new Set<Promise<Panel>>();

/**
 * Fetch a panel and fill its `section`, which otherwise says what failed and offers another
 * attempt.
 */
async function open(section: HTMLElement, store: Store): Promise<void> {
  const panel = PANELS[section.dataset["panel"] ?? ""];
  if (!panel)
    throw new Error(
      `data-panel must be one of ${Object.keys(PANELS).join(", ")}. Received: ${section.outerHTML}.`,
    );
  let mount: Panel["mount"];
  try {
    const arrival = panel();
    coming.add(arrival);
    [{ mount }] = await Promise.all([arrival, loadPanelWords()]);
    await Promise.allSettled(coming);
  } catch {
    // Browsers remember that an import failed: until the page is reloaded, another attempt fails
    // without a request.
    offer(section, say.page.unloaded, say.page.reload, () => {
      location.reload(); // the address keeps the drawing
    });
    return;
  }
  const given = [...section.childNodes]; // what the page's HTML has in it
  try {
    mount(section, store);
    section.classList.add("filled");
    markSeen(section);
  } catch (error) {
    const status = failure(error);
    const words = status.kind === "failed" ? `${status.title}. ${status.advice}` : "";
    offer(section, words, say.draw.retry, () => {
      section.replaceChildren(...given);
      void open(section, store);
    });
  }
}

/**
 * Once it has left the window, the browser may skip it (panels.css): only then does it know its
 * size.
 */
function markSeen(section: HTMLElement): void {
  let isSeen = false;
  const observer = new IntersectionObserver((entries) => {
    const isInView = entries.at(-1)?.isIntersecting === true;
    if (isSeen && !isInView) {
      section.classList.add("seen");
      observer.disconnect();
    }
    isSeen ||= isInView;
  });
  observer.observe(section);
}

function offer(section: HTMLElement, words: string, label: string, act: () => void): void {
  section.append(create("p", "", words), createButton("retry", act, label));
}
