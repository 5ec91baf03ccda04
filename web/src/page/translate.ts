// The texts of the pages' HTML in the reader's language. In the file they are in English, so that they are there before the script
// runs; a test holds them equal to the catalogue.
import { setText } from "./dom.ts";
import { say } from "./language.ts";

/** The text with that path in the catalogue, such as "draw.undo". */
export function textAt(path: string): string {
  const text = path.split(".").reduce<unknown>((words, key) => (words as Record<string, unknown>)[key], say);
  if (typeof text === "string") return text;
  throw new Error(
    `data-say must name a text of the catalogue. Received: ${path}. Add it to languages/, or correct it.`,
  );
}

/**
 * `data-say` names the text of an element, `data-label` its accessible name, `data-role` how its role is called, and
 * `data-content` what a meta element says.
 */
export function translate(root: ParentNode): void {
  const each = (name: string, use: (element: HTMLElement, text: string) => void) => {
    for (const element of root.querySelectorAll<HTMLElement>(`[data-${name}]`)) {
      use(element, textAt(element.dataset[name] ?? ""));
    }
  };
  each("say", setText);
  each("label", (element, text) => {
    element.setAttribute("aria-label", text);
  });
  each("content", (element, text) => {
    element.setAttribute("content", text);
  });
  each("role", (element, text) => {
    element.setAttribute("aria-roledescription", text);
  });
}
