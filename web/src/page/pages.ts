// Makes the HTML of the pages when they are built, with the English words. Their common parts are
// in html/: `<!-- include head -->` is html/head.html, and `<!-- include stop votes rows -->`
// html/stop.html with these in place of each `{name}` and `{needs}`.
// `<!-- poster votes -->` is a figure from the folder of that stop, shown until its own is there.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Plugin } from "vite";
import { ATTRIBUTES, textAt } from "./catalogue.ts";
import { en } from "./languages/en.ts";

const WEB = join(import.meta.dirname, "../..");
/** Those that run the script of index.html. */
const BESIDE = ["quality.html", "own.html", "embed.html"];
/** A tag that names a source, or what was built of it. */
const SOURCE = /\s*<(?:link|script)\b[^>]*"\/src\/[^>]*>(?:<\/script>)?/g;
const BUILT = /<(?:link|script)\b[^>]*"\.\/assets\/[^>]*>(?:<\/script>)?/g;

const textOf = (...path: string[]) =>
  readFileSync(join(import.meta.dirname, ...path), "utf8").trim();

/**
 * Links to the page in each language, by the language's own name: links.ts says where they lead.
 */
const languageLinks = readdirSync(join(import.meta.dirname, "languages"))
  .map((file) => basename(file, ".ts"))
  .filter((code) => !code.includes("-"))
  .map((code) => {
    const name = new Intl.DisplayNames([code], { type: "language" }).of(code)!;
    return `<a lang="${code}" hreflang="${code}"${code === "en" ? " hidden" : ""}>${name}</a>`;
  })
  .join("");

const withIncludes = (html: string): string =>
  html
    .replace(
      /<!-- include (\w+) ?(\w*) ?(\w*) -->/g,
      (_, part: string, name: string, needs: string) =>
        withIncludes(
          textOf("html", `${part}.html`).replaceAll("{name}", name).replace("{needs}", needs),
        ),
    )
    .replaceAll(' data-needs=""', "")
    .replace("<!-- languages -->", languageLinks)
    .replace(
      /<!-- poster (\w+) -->/g,
      (_, stop: string) =>
        `<div class="poster" role="img" aria-labelledby="${stop}-title">${textOf(stop, "poster.svg")}</div>`,
    );

/** Fill the elements that name their words, and the attributes. */
const withWords = (html: string): string =>
  html
    .replace(
      /(<(\w+)\b[^>]*\sdata-say="([^"]+)"[^>]*>)(?=<\/\2>)/g,
      (tag, _, __, path: string) => tag + textAt(path, en),
    )
    .replace(
      /\sdata-(label|role|content)="([^"]+)"/g,
      (named, kind: keyof typeof ATTRIBUTES, path: string) =>
        `${named} ${ATTRIBUTES[kind]}="${textAt(path, en)}"`,
    );

/** @param html A page, or a part of one. */
export const filled = (html: string): string => withWords(withIncludes(html));

/** @param name The page's own, which its navigation marks. */
const whole = (html: string, name: string): string =>
  filled(html).replace(`<a href="${name.replace("index.html", "./")}"`, '$& aria-current="page"');

/**
 * Vite would split the script of several pages into a dozen files, for what each might need alone.
 * So it builds index.html, and the pages beside it get its tags.
 */
export const pages: Plugin = {
  name: "pages",
  enforce: "post",
  transformIndexHtml: {
    order: "pre",
    // a byte in twenty
    handler: (html, { filename }) => whole(html, basename(filename)).replace(/\n +/g, "\n"),
  },
  generateBundle(_, bundle) {
    const sources = Object.values(bundle).flatMap((file) =>
      file.type === "asset" && file.fileName === "index.html" ? [String(file.source)] : [],
    );
    for (const fileName of BESIDE) {
      const tags = sources[0]?.match(BUILT) ?? [];
      const html = whole(readFileSync(join(WEB, fileName), "utf8"), fileName)
        .replace(SOURCE, "")
        .replaceAll(" vite-ignore", "");
      const source = html.replace("</head>", `  ${tags.join("\n    ")}\n  </head>`);
      this.emitFile({ type: "asset", fileName, source });
    }
  },
};
