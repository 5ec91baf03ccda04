// Part of a panel that needs files: it says what is loading, then shows it, or says why not and
// offers a retry. The rest of the page keeps working meanwhile.
import { ModelError } from "../runtime/errors.ts";
import { create, createButton } from "./dom.ts";
import { say } from "./language.ts";

/** Advice for the visitor, by the code of the error. */
function advice(error: unknown): string {
  const known: Partial<Record<string, string>> = say.failures.part;
  return known[error instanceof ModelError ? error.code : "other"] ?? say.failures.part.other;
}

/**
 * A message and a retry button, shown where the result would have been.
 * @param detail For the site's maintainer.
 */
export function failureBox(words: string, detail: string, retry: () => void): HTMLElement {
  return create(
    "div",
    "failed-part",
    create("p", "", words),
    createButton("retry", retry, say.draw.retry),
    create("details", "", create("summary", "", say.draw.details), create("p", "", detail)),
  );
}

/** Likewise, of a part of a panel. */
export const failureNote = (title: string, error: unknown, retry: () => void): HTMLElement =>
  failureBox(
    `${title} ${advice(error)}`,
    error instanceof Error ? error.message : String(error),
    retry,
  );

/**
 * Fill `place` with what `show` creates from the result of `load`.
 *
 * @param what Its name within a sentence, e.g. "the training history".
 * @param load Called again when the visitor retries after a failure.
 */
export async function showWhenLoaded<T>(
  place: HTMLElement,
  what: string,
  load: () => Promise<T>,
  show: (loaded: T) => readonly (Node | string)[],
): Promise<void> {
  const hadFocus = place.contains(document.activeElement);
  place.setAttribute("role", "status");
  place.replaceChildren(create("p", "explains awaited", say.failures.loading(what)));
  try {
    const content = show(await load());
    place.removeAttribute("role"); // only loading and failing are announced
    place.replaceChildren(...content);
  } catch (error) {
    const title = say.failures.notLoaded(what);
    place.replaceChildren(
      failureNote(title, error, () => void showWhenLoaded(place, what, load, show)),
    );
  }
  if (hadFocus) {
    // The button that had the focus is gone: the keyboard continues from here.
    place.tabIndex = -1;
    place.focus({ preventScroll: true });
  }
}
