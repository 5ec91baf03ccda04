// The texts of the pages' HTML in the reader's language. In the file they are in English, so that
// they are there before the script runs.
import { ATTRIBUTES, textAt } from "./catalogue.ts";
import { setText } from "./dom.ts";
import { say } from "./language.ts";

export function translate(root: Document, language: string): void {
  // not for English: the same language, too, makes the browser style all again
  root.documentElement.lang = language;
  const each = (name: string, use: (element: HTMLElement, text: string) => void) => {
    for (const element of root.querySelectorAll<HTMLElement>(`[data-${name}]`)) {
      use(element, textAt(element.dataset[name] ?? "", say));
    }
  };
  each("say", setText);
  for (const [name, attribute] of Object.entries(ATTRIBUTES)) {
    each(name, (element, text) => {
      element.setAttribute(attribute, text);
    });
  }
}
