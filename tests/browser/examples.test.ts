// The element with the npm package: in pages that React and Vue render, in the browser and on a server; the examples of embed.html
// as they are printed, on pages of another origin with a strict policy; and three pages of strangers that have them: a blog whose
// style sheet is hostile, a form of a course, and a React application, of which pictures are among the artefacts.
import { copyFile, cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseCell } from "@observablehq/parser";
import { afterAll, beforeAll, expect, test } from "vitest";
import { drawIn, onABlog, onABlogInChromium, policyFor, type Blog, type Post } from "./blog.ts";
import { asPage } from "./browser.ts";
import { bundlerWith, type Bundler } from "./bundle.ts";
import { EXAMPLES, printed } from "./examples.ts";
import { drawn } from "./pads.ts";
import { DESKTOP, PHONE, until } from "./scenario.ts";
import type { Host } from "./server.ts";

const ALL = process.env["TIER"] === "all";
const HOSTS = join(import.meta.dirname, "hosts");
const P5 = join(import.meta.dirname, "../../web/node_modules/p5/lib/p5.min.js");
/** Those that an application of their own has to show. */
const BUNDLED = {
  React: "examples/react.jsx",
  Vue: "examples/vue.js",
  Svelte: "examples/svelte.js",
  Observable: "examples/observable.js",
  "a React application": "strangers/react.jsx",
} as const;
/** Those that a server renders, too. */
const FRAMEWORKS = { React: "react", Vue: "vue" } as const;

const read = (path: string) => readFile(join(EXAMPLES, path), "utf8");
const ofStranger = (name: string) => readFile(join(HOSTS, "strangers", name), "utf8");

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
let bundler: Bundler;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bundled-"));
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
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

/** Open a page that one of the bundles runs on, with the addresses of the site where the code has those of nowhere. */
async function openBundle(
  blog: Blog,
  name: keyof typeof BUNDLED,
  post: Pick<Post, "css" | "size"> = {},
): Promise<void> {
  await cp(join(folder, name), blog.folder, { recursive: true });
  await blog.write("app.js", printed(await readFile(join(folder, name, "app.js"), "utf8"), blog.site.url));
  await blog.open('<main id="app"></main>', { ...post, head: '<script type="module" src="app.js"></script>' });
}

const output = (blog: Blog) => blog.page.$eval("output", (element) => element.textContent);

async function canvasOf(blog: Blog, selector: string) {
  const canvas = await blog.page.waitForSelector(selector);
  return (await canvas!.boundingBox())!;
}

/** How many of the element's parts can be seen and hit: each has a size, and lies within the window's width. */
const visible = (blog: Blog) =>
  blog.page.evaluate(() => {
    const root = document.querySelector("sketch-classifier")!.shadowRoot!;
    const parts = [".canvas", ".buttons button", ".bar", ".picture"];
    return parts.map((part) => {
      const boxes = Array.from(root.querySelectorAll(part), (element) => element.getBoundingClientRect());
      return boxes.filter(
        ({ width, height, left, right }) => width > 20 && height > 10 && left >= 0 && right <= innerWidth,
      ).length;
    });
  });
const ALL_PARTS = [1, 2, 10, 1];

/** Draw on a page, look at it, and keep a picture of it: on a desktop, and on a phone, for which the page loads anew. */
async function play(blog: Blog, name: string): Promise<string> {
  let label = "";
  for (const [device, size] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    await blog.page.setViewport(size);
    label = await drawn(blog);
    await blog.page.waitForFunction(() => find("sketch-classifier", ".headline")?.textContent); // at rest
    await blog.stage.screenshot(`stranger-${name}-${device}`, true);
    expect(await visible(blog)).toEqual(ALL_PARTS);
    expect(await blog.stage.overflow()).toBe(0);
  }
  expect(blog.complaints).toEqual([]);
  return label;
}

onABlog(
  (blog) => {
    test.each(["React", "Vue", "Svelte", "Observable"] as const)("%s shows the answer", async (name) => {
      await openBundle(blog, name);
      await blog.ready();
      expect(await output(blog)).toBe("nothing yet");
      const label = await drawn(blog);
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
      const box = await canvasOf(blog, "canvas");
      const said = () => blog.page.$eval("p", (answer) => answer.textContent);
      await until(async () => (await said()) === "Draw a digit");
      await until(async () => {
        await drawIn(blog.page, box);
        return /^\d$/.test(await said());
      });
      expect(blog.complaints).toEqual([]);
      await host.close();
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
          const box = await canvasOf(blog, "canvas");
          await until(async () => {
            await drawIn(blog.page, box);
            return /^\d$/.test(await output(blog));
          });
          continue;
        }
        const label = await drawn(blog);
        if (name === "form.html") await blog.page.click("form button");
        if (await blog.page.$("output")) await until(async () => (await output(blog)).includes(label));
      }
      expect(blog.complaints).toEqual([]);
    });

    test("a stranger's blog with a hostile style sheet", async () => {
      const snippet = await blog.snippet("A drawing pad for your page");
      const page = (await ofStranger("blog.html")).replace("<!-- snippet -->", () => snippet);
      await blog.openAs(page, { css: await ofStranger("blog.css"), size: DESKTOP });
      await play(blog, "blog");
    });

    test("a question of a stranger's course, whose form posts the answer", async () => {
      const example = printed(await read("form.html"), blog.site.url);
      const [element] = /<sketch-classifier[^]+<\/sketch-classifier>/.exec(example)!;
      const script = `<script type="module" src="${blog.site.url}embed.js"></script>`;
      const page = (await ofStranger("course.html"))
        .replace("<!-- snippet -->", element)
        .replace("<!-- script -->", script);
      await blog.openAs(page, { css: await ofStranger("course.css"), size: DESKTOP });
      const label = await play(blog, "course");
      await Promise.all([asPage(blog.page).waitForNavigation(), blog.page.click("#mform .btn")]);
      expect(blog.stage.host.posted).toEqual([
        `sesskey=q7Zk2&name=Ada&group=b&q1=7840&digit=${label}&why=Its+slant.&next=1`,
      ]);
    });

    test("a stranger's React application", async () => {
      await openBundle(blog, "a React application", { css: await ofStranger("react.css"), size: DESKTOP });
      const label = await play(blog, "react");
      expect(await output(blog)).toBe(label);
      await blog.page.click("nav button:last-child");
      await blog.page.waitForFunction(() => !document.querySelector("sketch-classifier"));
      await blog.page.click("nav button:nth-child(2)");
      await blog.ready();
      expect(blog.complaints).toEqual([]);
    });
  },
  { only: ["chromium"] }, // docs.test.ts plays the examples that run on embed.html itself
);

onABlogInChromium((blog) => {
  test.each(
    Object.keys(FRAMEWORKS).flatMap((name) =>
      ALL
        ? [
            [name, "in the browser"],
            [name, "on a server"],
          ]
        : [[name, "on a server"]],
    ),
  )(
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
      expect(await blog.text(".buttons")).toMatch(/Back/); // texts
      const label = await drawn(blog);
      await until(async () => (await output(blog)) === label); // the event

      const attributes = () =>
        page.$eval("sketch-classifier", (pad) => ["explain", "theme"].map((name) => pad.getAttribute(name)).join());
      expect(await attributes()).toBe(",");
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
      await drawn(blog);
      expect(blog.complaints).toEqual([]);
    },
  );

  /** Bundle a snippet and open a post with it, whose title becomes what it prints. */
  async function run(title: string, at: Host): Promise<void> {
    const entry = join(folder, "snippet.js");
    await writeFile(entry, await blog.snippet(title));
    await bundler.page(entry, blog.folder, "snippet.js");
    await blog.open("", {
      at,
      head: '<script type="module" src="snippet.js"></script>',
      script: "console.log = (text) => { document.title = text; };",
    });
  }
  const title = () => blog.page.evaluate(() => document.title);

  test("the snippet “With a bundler” works as it is printed", async () => {
    await run("With a bundler", blog.stage.host);
    const label = await drawn(blog);
    await until(async () => (await title()) === label);
    expect(blog.complaints).toEqual([]);
  });

  test("the snippet “With plain TensorFlow.js” works as it is printed, where a page allows it", async () => {
    // Stock TensorFlow.js makes functions out of text.
    const policy = policyFor(blog.site.origin).replace("script-src", "script-src 'unsafe-eval'");
    const host = await blog.under(policy);
    await run("With plain TensorFlow.js", host);
    await until(async () => /^\d$/.test(await title()));
    await host.close();
  });
});
