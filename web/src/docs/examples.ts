// The examples of embed.html, put into it when it is built. Each is in files of examples/: what is shown is what runs, and what
// the tests run on pages of their own (tests/browser/examples.test.ts).
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { coloured } from "./colour.ts";

export const FOLDER = join(import.meta.dirname, "examples");
const TITLES = { html: "HTML", css: "Style", js: "Script" } as const;
/** Which docs.ts sets. */
const MODEL = /\s+src="https:\/\/example\.org\/[^"]+"/g;

const read = (path: string): string => readFileSync(join(FOLDER, path), "utf8").trim();

/** Code that a reader may copy once docs.ts has added the button. */
function block(title: string, path: string): string {
  const code = coloured(read(path), path.replace(/^.*\./, ""));
  return `<div class="snippet"><div class="snippet-head"><h3>${title}</h3></div><pre><code>${code}</code></pre></div>`;
}

/** The example itself, whose model docs.ts knows, and its code. */
function example(name: string): string {
  const codes = Object.entries(TITLES).flatMap(([ending, title]) => {
    const path = `${name}.${ending}`;
    return existsSync(join(FOLDER, path)) ? [block(title, path)] : [];
  });
  return [read(`${name}.html`).replaceAll(MODEL, ""), ...codes].join("\n");
}

/** Fill the places that the page has for examples, and for code that cannot run on it. */
export const withExamples = (html: string): string =>
  html
    .replace(/<!-- example (\S+) -->/g, (_, name: string) => example(name))
    .replace(/<!-- code (\S+) (.+) -->/g, (_, path: string, title: string) => block(title, path));
