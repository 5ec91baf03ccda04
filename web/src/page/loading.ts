// A place in a panel that needs files: it says what is awaited, then shows it, or says why not and offers a retry. The rest
// of the page goes on meanwhile.
import { ModelError } from "../runtime/errors.ts";
import { create } from "./dom.ts";

/** What the visitor can do about it, by the error's code. */
function advice(error: unknown): string {
  const code = error instanceof ModelError ? error.code : null;
  if (code === "network") return "Check your connection and try again.";
  if (code === "integrity") return "It is not what was published, so it is not shown. Try again.";
  if (code === "unsupported") return "Another browser may be able to show it.";
  return "Try again, or load the page anew.";
}

/** A failure and a button that tries again, for the place where the result would have stood. */
export function failureNote(title: string, error: unknown, retry: () => void): HTMLElement {
  const again = create("button", "retry", "Try again");
  again.type = "button";
  again.addEventListener("click", retry);
  const detail = error instanceof Error ? error.message : String(error);
  return create(
    "div",
    "failed-part",
    create("p", "", `${title} ${advice(error)}`),
    again,
    create("details", "", create("summary", "", "Details"), create("p", "", detail)),
  );
}

/**
 * Fill `place` with what `show` makes of what `load` reads.
 *
 * @param what Names it within a sentence, e.g. "the training history".
 * @param load Is called again when the visitor asks for it after a failure.
 */
export async function showWhenLoaded<T>(
  place: HTMLElement,
  what: string,
  load: () => Promise<T>,
  show: (loaded: T) => readonly (Node | string)[],
): Promise<void> {
  const hadFocus = place.contains(document.activeElement);
  place.setAttribute("role", "status");
  place.replaceChildren(create("p", "awaited", `Loading ${what}…`));
  try {
    const content = show(await load());
    place.removeAttribute("role"); // only waiting and failing are announced
    place.replaceChildren(...content);
  } catch (error) {
    const title = `${what.charAt(0).toUpperCase()}${what.slice(1)} could not be loaded.`;
    place.replaceChildren(failureNote(title, error, () => void showWhenLoaded(place, what, load, show)));
  }
  if (hadFocus) {
    // Its button is gone: the keyboard goes on from here.
    place.tabIndex = -1;
    place.focus({ preventScroll: true });
  }
}
