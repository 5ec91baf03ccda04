// Text with a copy button.
import "./copy.css";
import { create, createButton, setText } from "./dom.ts";
import { say } from "./language.ts";

const SHOWN_MS = 4000; // how long "Copied" stays
const TIMEOUT_MS = 1000; // some browsers never answer a clipboard request

/** The button that copies what is in `code`, and a place for what comes of it. */
function copyControls(title: string, code: HTMLElement): readonly HTMLElement[] {
  const button = createButton("action", () => void copy(), say.use.copy.button);
  button.setAttribute("aria-label", say.use.copy.of(title));
  const said = create("span", "note");
  said.setAttribute("role", "status");
  let timer = 0;

  async function copy(): Promise<void> {
    let words = say.use.copy.done;
    try {
      const late = new Promise<never>((_, reject) => setTimeout(reject, TIMEOUT_MS));
      await Promise.race([navigator.clipboard.writeText(code.textContent), late]);
    } catch {
      // Plain http has no clipboard, and the visitor may deny access: select the text, so that it
      // can be copied by hand.
      getSelection()?.selectAllChildren(code);
      words = say.use.copy.selected;
    }
    setText(said, words);
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      setText(said, "");
    }, SHOWN_MS);
  }

  return [said, button];
}

/** @param title Heading and accessible name. */
export function copyBlock(title: string, code: string, note: string): HTMLElement {
  const shown = create("code", "", code);
  const head = create(
    "div",
    "snippet-head",
    create("h3", "", title),
    ...copyControls(title, shown),
  );
  return create(
    "div",
    "snippet",
    head,
    create("pre", "", shown),
    ...(note ? [create("p", "explains", note)] : []),
  );
}
