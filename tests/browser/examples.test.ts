// The examples of embed.html as they are printed, on pages of another origin with a strict policy; and three pages of strangers that
// have them: a blog whose style sheet is hostile, a form of a course, and a React application, of which pictures are among the
// artefacts. One browser is enough; docs.test.ts plays those that run on embed.html itself in each.
import { copyFile, cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseCell } from "@observablehq/parser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { drawIn, onABlog, policyFor, type Blog, type Post } from "./blog.ts";
import { asPage } from "./browser.ts";
import { bundlerWith } from "./bundle.ts";
import { EXAMPLES, printed } from "./examples.ts";
import { DESKTOP, PHONE } from "./scenario.ts";

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
const SIZES = [
  ["desktop", DESKTOP],
  ["phone", PHONE],
] as const;

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
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "examples-"));
  const bundler = bundlerWith(folder);
  await writeFile(join(folder, "cells.js"), compiled(await read("notebook.ojs")));
  for (const [name, entry] of Object.entries(BUNDLED)) {
    await bundler.page(join(HOSTS, entry), join(folder, name), "app.js");
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
const ALL = [1, 2, 10, 1];

/** Draw on a page, look at it, and keep a picture of it. */
async function play(blog: Blog, name: string): Promise<string> {
  await blog.ready();
  await blog.draw();
  const label = await blog.predicted();
  await blog.page.waitForFunction(() => find("sketch-classifier", ".headline")?.textContent); // at rest
  await blog.stage.screenshot(`stranger-${name}`, true);
  expect(await visible(blog)).toEqual(ALL);
  expect(await blog.stage.overflow()).toBe(0);
  expect(blog.complaints).toEqual([]);
  return label;
}

onABlog(
  (blog) => {
    test.each(["React", "Vue", "Svelte", "Observable"] as const)("%s shows the answer", async (name) => {
      await openBundle(blog, name);
      await blog.ready();
      expect(await output(blog)).toBe("nothing yet");
      await blog.draw();
      const label = await blog.predicted();
      await expect.poll(() => output(blog)).toBe(label);
      if (name !== "Observable") {
        await blog.press(".buttons button:last-child");
        await expect.poll(() => output(blog)).toBe("nothing yet");
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
      await expect.poll(() => blog.page.$eval("p", (answer) => answer.textContent)).toBe("Draw a digit");
      await expect
        .poll(async () => {
          await drawIn(blog.page, box);
          return blog.page.$eval("p", (answer) => answer.textContent);
        })
        .toMatch(/^\d$/);
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
          await expect
            .poll(async () => {
              await drawIn(blog.page, box);
              return output(blog);
            })
            .toMatch(/^\d$/);
          continue;
        }
        await blog.ready();
        await blog.draw();
        const label = await blog.predicted();
        if (name === "form.html") await blog.page.click("form button");
        if (await blog.page.$("output")) await expect.poll(() => output(blog)).toContain(label);
      }
      expect(blog.complaints).toEqual([]);
    });

    describe.each(SIZES)("the page of a stranger on a %s", (device, size) => {
      test("a blog with a hostile style sheet", async () => {
        const snippet = await blog.snippet("A drawing pad for your page");
        const page = (await ofStranger("blog.html")).replace("<!-- snippet -->", () => snippet);
        await blog.openAs(page, { css: await ofStranger("blog.css"), size });
        await play(blog, `blog-${device}`);
      });

      test("a question of a course, whose form posts the answer", async () => {
        const example = printed(await read("form.html"), blog.site.url);
        const [element] = /<sketch-classifier[^]+<\/sketch-classifier>/.exec(example)!;
        const script = `<script type="module" src="${blog.site.url}embed.js"></script>`;
        const page = (await ofStranger("course.html"))
          .replace("<!-- snippet -->", element)
          .replace("<!-- script -->", script);
        await blog.openAs(page, { css: await ofStranger("course.css"), size });
        const label = await play(blog, `course-${device}`);
        await Promise.all([asPage(blog.page).waitForNavigation(), blog.page.click("#mform .btn")]);
        expect(blog.stage.host.posted).toEqual([
          `sesskey=q7Zk2&name=Ada&group=b&q1=7840&digit=${label}&why=Its+slant.&next=1`,
        ]);
      });

      test("a React application", async () => {
        await openBundle(blog, "a React application", { css: await ofStranger("react.css"), size });
        const label = await play(blog, `react-${device}`);
        expect(await blog.stage.text("output")).toBe(label);
        await blog.page.click("nav button:last-child");
        await blog.page.waitForFunction(() => !document.querySelector("sketch-classifier"));
        await blog.page.click("nav button:nth-child(2)");
        await blog.ready();
        expect(blog.complaints).toEqual([]);
      });
    });
  },
  { only: ["chromium"] },
);
