// The element in pages that React and Vue render, in the browser and on a server, with the npm package; in every browser.
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { onABlog, policyFor, type Blog } from "./blog.ts";
import { bundlerWith, type Bundler } from "./bundle.ts";
import type { Host } from "./server.ts";

const HOSTS = join(import.meta.dirname, "hosts");
const FRAMEWORKS = [
  { name: "React", client: "react-client.jsx", server: "react-server.jsx" },
  { name: "Vue", client: "vue-client.js", server: "vue-server.js" },
];

let folder: string;
let bundler: Bundler;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bundled-"));
  bundler = bundlerWith(folder);
  for (const { name, client, server } of FRAMEWORKS) {
    await bundler.server(join(HOSTS, server), `${name}.mjs`);
    await bundler.page(join(HOSTS, client), join(folder, "out"), `${name}.js`);
  }
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

const app = (blog: Blog, html: string) => `<div id="app" data-src="${blog.src()}">${html}</div>`;
const textOf = (blog: Blog, selector: string) => blog.stage.text(selector);

/** Open a post that one of the bundles runs on. */
async function open(blog: Blog, name: string, body: string): Promise<void> {
  await cp(join(folder, "out"), blog.folder, { recursive: true });
  await blog.open(body, {
    head: `<script type="module" src="${name}.js"></script>`,
  });
}

/** Everything that a page does with an element, by way of its framework. */
async function play(blog: Blog): Promise<void> {
  const { page } = blog;
  await blog.ready();
  expect(await blog.text(".buttons")).toMatch(/Back/); // texts
  await blog.draw();
  const label = await blog.predicted();
  await expect.poll(() => textOf(blog, "output")).toBe(label); // the event

  const attributes = () =>
    page.$eval("sketch-classifier", (element) => ["explain", "theme"].map((name) => element.getAttribute(name)));
  expect(await attributes()).toEqual([null, null]);
  await page.click("#more");
  await expect.poll(attributes).toEqual(["", "dark"]);
  await page.click("#more"); // “undefined” is no theme
  await expect.poll(attributes).toEqual([null, null]);

  await page.evaluate(() => {
    globalThis.kept = document.querySelector("sketch-classifier")!;
  });
  await page.click("#show");
  await page.waitForFunction(() => !document.querySelector("sketch-classifier"));
  expect(await page.evaluate(() => kept.model)).toBeNull();
  await page.click("#show");
  await blog.ready();
  await blog.draw();
  await blog.predicted();
  expect(blog.complaints).toEqual([]);
}

onABlog((blog) => {
  describe.each(FRAMEWORKS)("$name", ({ name }) => {
    test("sets its properties, hears its events, and takes it away and brings it back", async () => {
      await open(blog, name, app(blog, ""));
      await play(blog);
    });

    test("renders it on a server, and takes over in the browser what was rendered there", async () => {
      const html = bundler.print(`${name}.mjs`, blog.src());
      expect(html).toContain(`<sketch-classifier src="${blog.src()}"`);
      await open(blog, name, app(blog, html));
      await play(blog);
    });
  });

  /** Bundle a snippet and open a post with it; what it prints comes into the page’s title. */
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
    await blog.ready();
    await blog.draw();
    const label = await blog.predicted();
    await expect.poll(title).toBe(label);
    expect(blog.complaints).toEqual([]);
  });

  test("the snippet “With plain TensorFlow.js” works as it is printed, where a page allows it", async () => {
    // Stock TensorFlow.js makes functions out of text.
    const policy = policyFor(blog.site.origin).replace("script-src", "script-src 'unsafe-eval'");
    const host = await blog.under(policy);
    await run("With plain TensorFlow.js", host);
    await expect.poll(title, { timeout: 20_000 }).toMatch(/^\d$/);
    await host.close();
  });
});
