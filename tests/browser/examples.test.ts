// The element with the npm package: the examples of docs/embedding.md as they are printed, on pages
// of another origin with a strict policy, those for React, Vue, Svelte and Observable in
// applications of their own.
import { copyFile, cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseCell } from "@observablehq/parser";
import { compile } from "svelte/compiler";
import { build, type Plugin } from "vite";
import { beforeAll, expect, test } from "vitest";
import { compileScript, parse } from "vue/compiler-sfc";
import { EXAMPLES, exampleOf } from "../../web/src/testing/examples.ts";
import { packInto } from "../../web/src/testing/packed.ts";
import { temporary } from "../../web/src/testing/temporary.ts";
import { Blog, deep, inChromium, inChromiumAlone, policyFor, until } from "./scenario.ts";

const WEB = join(import.meta.dirname, "../../web");
const P5 = join(WEB, "node_modules/p5/lib/p5.min.js");
/** Those that an application of their own has to show. */
const BUNDLED = {
  React: "react.jsx",
  Vue: "vue.js",
  Svelte: "svelte.js",
  Observable: "observable.js",
} as const;

/** An example with the addresses of a site. */
const printed = (code: string, site: string) =>
  code.trim().replaceAll("https://example.org/site/", site);

/** A module for Observable's runtime, as a notebook compiles to one. */
function compiled(notebook: string): string {
  const cells = notebook.trim().split("\n\n");
  const definitions = cells.map((code) => {
    const { id, body, references, async } = parseCell(code);
    const text = code.slice(body.start, body.end);
    const names = [...new Set(references.map(({ name }) => name))];
    const run = `${async ? "async " : ""}(${names.join()}) => ${body.type === "BlockStatement" ? text : `(${text})`}`;
    return `module.variable(observer()).define(${JSON.stringify(id?.name)}, ${JSON.stringify(names)}, ${run});`;
  });
  return `export function define(runtime, observer) {
    const module = runtime.module();
    ${definitions.join("\n")}
    return module;
  }`;
}

const plugins: Plugin[] = [
  {
    name: "packages of this project", // for pages that lie elsewhere
    enforce: "pre",
    resolveId(source) {
      return /^(react|react-dom|vue|svelte|@observablehq|@tensorflow)(?=\/|$)/.test(source)
        ? this.resolve(source, join(WEB, "index.html"), { skipSelf: true })
        : null;
    },
  },
  {
    name: "components of one file", // compiled as the frameworks' own plugins do
    transform(code, id) {
      if (id.endsWith(".svelte"))
        return compile(code, { filename: id, generate: "client", css: "external" }).js.code;
      if (!id.endsWith(".vue")) return null;
      const compilerOptions = { isCustomElement: (tag: string) => tag === "sketch-classifier" };
      const { descriptor } = parse(code, { filename: id, templateParseOptions: compilerOptions });
      return compileScript(descriptor, {
        id,
        inlineTemplate: true,
        templateOptions: { compilerOptions },
      }).content;
    },
  },
];

/** Bundle a module for browsers: becomes app.js, with its parts beside it, in a folder. */
function bundle(input: string, outDir: string) {
  const rolldownOptions = {
    input,
    output: { entryFileNames: "app.js", chunkFileNames: "parts/[hash].js" },
  };
  const alias = {
    notebook: join(folder, "cells.js"),
    examples: folder,
    "sketch-classifier": join(folder, "app/node_modules/sketch-classifier/embed.js"),
  };
  return build({
    ...{
      configFile: false,
      logLevel: "error",
      root: folder,
      base: "./",
      publicDir: false,
      plugins,
      resolve: { alias },
    },
    build: { outDir, emptyOutDir: false, target: "es2022", modulePreload: false, rolldownOptions },
  });
}

let folder: string;
beforeAll(async () => {
  folder = await temporary();
  packInto(folder);
  process.env["NODE_ENV"] = "production"; // else builds are for tests, as this process is
  await writeFile(join(folder, "cells.js"), compiled(exampleOf("Observable and Quarto", "js")));
  for (const [heading, language] of Object.entries({ React: "tsx", Vue: "vue", Svelte: "svelte" }))
    await writeFile(join(folder, `App.${language}`), exampleOf(heading, language));
  for (const [name, entry] of Object.entries(BUNDLED)) {
    await bundle(join(import.meta.dirname, "hosts/examples", entry), join(folder, name));
  }
});

/**
 * Open a page that one of the bundles runs on, with the addresses of the site where the code has
 * those of nowhere.
 */
async function openBundle(blog: Blog, name: keyof typeof BUNDLED): Promise<void> {
  await cp(join(folder, name), blog.host.folder, { recursive: true });
  await blog.write(
    "app.js",
    printed(await readFile(join(folder, name, "app.js"), "utf8"), blog.site.url),
  );
  await blog.post('<main id="app"></main>', {
    head: '<script type="module" src="app.js"></script>',
  });
}

const output = (blog: Blog) => blog.page.$eval("output", (element) => element.textContent);

inChromiumAlone((blog) => {
  test.each(["React", "Vue", "Svelte", "Observable"] as const)(
    "%s shows the answer",
    async (name) => {
      await openBundle(blog, name);
      await blog.loaded();
      await expect.poll(() => output(blog)).toBe("nothing yet");
      const label = await blog.drawn();
      await expect.poll(() => output(blog)).toBe(label);
      if (name !== "Observable") {
        await blog.page.click(deep(".buttons button:last-child"));
        await expect.poll(() => output(blog)).toBe("nothing yet");
      }
    },
  );

  test("a p5.js sketch reads its own canvas", async () => {
    await copyFile(P5, join(blog.host.folder, "p5.js"));
    await blog.write("sketch.js", printed(exampleOf("p5.js", "js"), blog.site.url));
    // p5.js writes one
    const policy = policyFor(blog.site.origin).replace("style-src", "style-src 'unsafe-inline'");
    await blog.post("", {
      policy,
      head: '<script src="p5.js"></script><script src="sketch.js"></script>',
    });
    await blog.appears("canvas");
    const said = () => blog.page.$eval("p", (answer) => answer.textContent);
    await expect.poll(() => said()).toBe("Draw a digit");
    await until(async () => {
      await blog.draw(undefined, "canvas");
      return /^\d$/.test(await said());
    });
  });

  test("those without a framework run as they are printed, each on a page of its own", async () => {
    const examples = [...EXAMPLES.values()].filter((example) => "html" in example);
    expect(examples.length).toBeGreaterThan(5);
    for (const { html = "", css = "", js = "" } of examples) {
      await blog.write("example.js", printed(js, blog.site.url));
      await blog.post(printed(html, blog.site.url), {
        css,
        head: `<script type="module" src="${blog.site.url}embed.js"></script>
            <script type="module" src="example.js"></script>`,
      });
      if (html.includes("<canvas")) {
        await until(async () => {
          await blog.draw(undefined, "canvas");
          return /^\d$/.test(await output(blog));
        });
        continue;
      }
      const label = await blog.drawn();
      if (html.includes("<form")) await blog.page.click("form button");
      if (await blog.page.$("output")) await expect.poll(() => output(blog)).toContain(label);
    }
  });
}, new Blog());

inChromium((blog) => {
  test("the snippet “With a bundler” works as it is printed", async () => {
    const entry = join(folder, "snippet.js");
    await writeFile(entry, blog.snippet("With a bundler"));
    await bundle(entry, blog.host.folder);
    const script = "console.log = (text) => { document.title = text; };";
    await blog.post("", { head: '<script type="module" src="app.js"></script>', script });
    const label = await blog.drawn();
    await expect.poll(() => blog.page.evaluate(() => document.title)).toBe(label);
  });
}, new Blog());
