// The snippets of the page's panel “Use it” in colours, for no place in particular. Part of the build, not of the page.
import { loadPanelWords } from "../page/language.ts";
import { SNIPPETS } from "../page/use/snippets.ts";
import { coloured } from "./colour.ts";
import { nowhere } from "./place.ts";

await loadPanelWords();
const html = SNIPPETS.filter(({ language }) => language === "html");

/** Title → HTML. */
export const SNIPPETS_IN_COLOUR: ReadonlyMap<string, string> = new Map(
  html.map(({ title, code }) => [title, coloured(code(nowhere())!, "html")]),
);
