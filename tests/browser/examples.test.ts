// The element with the npm package: in pages that React and Vue render, in the browser and on a server; the examples of embed.html
// as they are printed, on pages of another origin with a strict policy.
import { copyFile, cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseCell } from "@observablehq/parser";
import { beforeAll, expect, test } from "vitest";
import { onABlog, onABlogInChromium, policyFor, type Blog } from "./blog.ts";
import { bundlerWith } from "./bundle.ts";
import { drawOn } from "./hand.ts";
import { ALL, until } from "./scenario.ts";
import { EXAMPLES, printed, temporary } from "./site.ts";

const HOSTS = join(import.meta.dirname, "hosts");
const P5 = join(import.meta.dirname, "../../web/node_modules/p5/lib/p5.min.js");
/** Those that an application of their own has to show. */
const BUNDLED = {
  React: "examples/react.jsx",
  Vue: "examples/vue.js",
  Svelte: "examples/svelte.js",
  Observable: "examples/observable.js",
} as const;
/** Those that a server renders, too. */
const FRAMEWORKS = { React: "react", Vue: "vue" } as const;

const read = (path: string) => readFile(join(EXAMPLES, path), "utf8");

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

let folder: string;
let bundler: ReturnType<typeof bundlerWith>;
beforeAll(async () => {
  folder = await temporary();
  bundler = bundlerWith(folder);
  await writeFile(join(folder, "cells.js"), compiled(await read("notebook.ojs")));
  for (const [name, entry] of Object.entries(BUNDLED)) {
    await bundler.page(join(HOSTS, entry), join(folder, name), "app.js");
  }
  for (const [name, file] of Object.entries(FRAMEWORKS)) {
    const ending = name === "React" ? "jsx" : "js";
    await bundler.server(join(HOSTS, `${file}-server.${ending}`), `${name}.mjs`);
    await bundler.page(join(HOSTS, `${file}-client.${ending}`), join(folder, "frameworks"), `${name}.js`);
  }
});

/** Open a page that one of the bundles runs on, with the addresses of the site where the code has those of nowhere. */
async function openBundle(blog: Blog, name: keyof typeof BUNDLED): Promise<void> {
  await cp(join(folder, name), blog.folder, { recursive: true });
  await blog.write("app.js", printed(await readFile(join(folder, name, "app.js"), "utf8"), blog.site.url));
  await blog.open('<main id="app"></main>', { head: '<script type="module" src="app.js"></script>' });
}

const output = (blog: Blog) => blog.page.$eval("output", (element) => element.textContent);

onABlog(
  (blog) => {
    test.each(["React", "Vue", "Svelte", "Observable"] as const)("%s shows the answer", async (name) => {
      await openBundle(blog, name);
      await blog.ready();
      await expect.poll(() => output(blog)).toBe("nothing yet");
      const label = await blog.drawn();
      await until(async () => (await output(blog)) === label);
      if (name !== "Observable") {
        await blog.press(".buttons button:last-child");
        await until(async () => (await output(blog)) === "nothing yet");
      }
      expect(blog.complaints).toEqual([]);
    });

    test("a p5.js sketch reads its own canvas", async () => {
      await copyFile(P5, join(blog.folder, "p5.js"));
      await blog.write("sketch.js", printed(await read("p5/sketch.js"), blog.site.url));
      const policy = policyFor(blog.site.origin).replace("style-src", "style-src 'unsafe-inline'"); // p5.js writes one
      const host = await blog.under(policy);
      await blog.open("", { at: host, head: '<script src="p5.js"></script><script src="sketch.js"></script>' });
      await blog.page.waitForSelector("canvas");
      const said = () => blog.page.$eval("p", (answer) => answer.textContent);
      await until(async () => (await said()) === "Draw a digit");
      await until(async () => {
        await drawOn(blog, undefined, ["canvas"]);
        return /^\d$/.test(await said());
      });
      expect(blog.complaints).toEqual([]);
    });

    test("those without a framework run as they are printed, each on a page of its own", async () => {
      const names = (await readdir(EXAMPLES)).filter((name) => name.endsWith(".html"));
      expect(names.length).toBeGreaterThan(5);
      blog.stage.host.keeps = false; // each has a script of the same name
      for (const name of names) {
        const file = (ending: string) =>
          read(name.replace("html", ending)).then(
            (code) => printed(code, blog.site.url),
            () => "", // it has none
          );
        await blog.write("example.js", await file("js"));
        await blog.open(printed(await read(name), blog.site.url), {
          css: await file("css"),
          head: `<script type="module" src="${blog.site.url}embed.js"></script>
            <script type="module" src="example.js"></script>`,
        });
        if (name === "canvas.html") {
          await until(async () => {
            await drawOn(blog, undefined, ["canvas"]);
            return /^\d$/.test(await output(blog));
          });
          continue;
        }
        const label = await blog.drawn();
        if (name === "form.html") await blog.page.click("form button");
        if (await blog.page.$("output")) await until(async () => (await output(blog)).includes(label));
      }
      expect(blog.complaints).toEqual([]);
    });
  },
  { only: ["chromium"] }, // docs.test.ts plays the examples that run on embed.html itself
);

onABlogInChromium((blog) => {
  const places = ALL ? ["in the browser", "on a server"] : ["on a server"];
  test.each(Object.keys(FRAMEWORKS).flatMap((name) => places.map((place) => [name, place] as const)))(
    "%s renders it %s, sets its properties, hears its events, and takes it away and brings it back",
    async (name, where) => {
      const { page } = blog;
      const html = where === "on a server" ? bundler.print(`${name}.mjs`, blog.src()) : "";
      if (html) expect(html).toContain(`<sketch-classifier src="${blog.src()}"`);
      await cp(join(folder, "frameworks"), blog.folder, { recursive: true });
      await blog.open(`<div id="app" data-src="${blog.src()}">${html}</div>`, {
        head: `<script type="module" src="${name}.js"></script>`,
      });
      await blog.ready();
      await expect.poll(() => blog.text(".buttons")).toMatch(/Back/); // texts
      const label = await blog.drawn();
      await until(async () => (await output(blog)) === label); // the event

      const attributes = () =>
        page.$eval("sketch-classifier", (pad) => ["explain", "theme"].map((name) => pad.getAttribute(name)).join());
      await expect.poll(() => attributes()).toBe(",");
      await page.click("#more");
      await until(async () => (await attributes()) === ",dark");
      expect(await page.$eval("sketch-classifier", (pad) => pad.hasAttribute("explain"))).toBe(true);
      await page.click("#more"); // “undefined” is no theme
      await until(async () => (await attributes()) === ",");
      expect(await page.$eval("sketch-classifier", (pad) => pad.getAttributeNames().sort())).toEqual(["src", "texts"]);

      await page.evaluate(() => {
        globalThis.kept = document.querySelector("sketch-classifier")!;
      });
      await page.click("#show");
      await page.waitForFunction(() => !document.querySelector("sketch-classifier"));
      expect(await page.evaluate(() => kept.model)).toBeNull();
      await page.click("#show");
      await blog.drawn();
      expect(blog.complaints).toEqual([]);
    },
  );

  test("the snippet “With a bundler” works as it is printed", async () => {
    const entry = join(folder, "snippet.js");
    await writeFile(entry, await blog.snippet("With a bundler"));
    await bundler.page(entry, blog.folder, "snippet.js");
    const script = "console.log = (text) => { document.title = text; };";
    await blog.open("", { head: '<script type="module" src="snippet.js"></script>', script });
    const label = await blog.drawn();
    await until(async () => (await blog.page.evaluate(() => document.title)) === label);
    expect(blog.complaints).toEqual([]);
  });
});
