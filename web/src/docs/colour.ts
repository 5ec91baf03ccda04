// Code in colours, made when the page is built: readers get the colours, and no highlighter.
import highlighter from "highlight.js/lib/core";
import css from "highlight.js/lib/languages/css";
import javascript from "highlight.js/lib/languages/javascript";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";

for (const [name, language] of Object.entries({ css, javascript, typescript, xml })) {
  highlighter.registerLanguage(name, language);
}

/** By the ending of a file. */
const LANGUAGES: Readonly<Record<string, string>> = {
  css: "css",
  html: "xml",
  js: "javascript",
  ojs: "javascript",
  svelte: "xml",
  tsx: "typescript",
  vue: "xml",
};

/** @returns HTML: the code, with the classes of highlight.js around its parts. docs.css gives some of them a colour. */
export function coloured(code: string, ending: string): string {
  const language = LANGUAGES[ending];
  // The value of an attribute in JSX and Svelte is no text, though HTML without quotes would have it so.
  if (language)
    return highlighter.highlight(code, { language }).value.replace(/<span class="hljs-string">(\W+)<\/span>/g, "$1");
  throw new Error(`Code must be one of ${Object.keys(LANGUAGES).join(", ")}. Received: ${ending}. Add its language.`);
}
