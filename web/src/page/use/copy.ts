// Text to copy, with a button that does it.
import { create, setText } from "../dom.ts";

const SHOWN_MS = 4000; // how long "Copied" stays
const PATIENCE_MS = 1000; // some browsers never answer a request for the clipboard

/**
 * @param title Stands above it and names it.
 * @param more Words and address of a page that says more.
 */
export function copyBlock(
  title: string,
  text: string,
  note: string,
  more?: readonly [words: string, href: string],
): HTMLElement {
  const code = create("code", "", text);
  const button = create("button", "action", "Copy");
  button.type = "button";
  button.setAttribute("aria-label", `Copy: ${title}`);
  const said = create("span", "copied");
  said.setAttribute("role", "status");
  let timer = 0;

  async function copy(): Promise<void> {
    let words = "Copied.";
    try {
      const late = new Promise<never>((_, reject) => setTimeout(reject, PATIENCE_MS));
      await Promise.race([navigator.clipboard.writeText(text), late]);
    } catch {
      // Plain http has no clipboard, and a visitor may refuse it: the text is selected for the visitor's own keys.
      getSelection()?.selectAllChildren(code);
      words = "Selected: copy it with your keyboard or its menu.";
    }
    setText(said, words);
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      setText(said, "");
    }, SHOWN_MS);
  }
  button.addEventListener("click", () => void copy());

  const head = create("div", "snippet-head", create("h4", "", title), said, button);
  const says = create("p", "explains", note);
  if (more) {
    const link = create("a", "", more[0]);
    link.href = more[1];
    says.append(" ", link, ".");
  }
  return create("div", "snippet", head, create("pre", "", code), ...(note ? [says] : []));
}
