// The snippets, pasted into the Markdown of a Jekyll post: they get through Liquid and kramdown,
// and run.
import { spawnSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { temporary } from "../../web/src/testing/temporary.ts";
import { Blog, inChromium, policyFor, until } from "./scenario.ts";

const JEKYLL = process.env["JEKYLL"] ?? "jekyll";
const isInstalled = spawnSync(JEKYLL, ["--version"]).status === 0;

let source: string;
beforeAll(async () => {
  source = await temporary();
  await mkdir(join(source, "_posts"));
  await mkdir(join(source, "_layouts"));
  await writeFile(join(source, "_config.yml"), "permalink: /:title.html\n");
  await writeFile(
    join(source, "_layouts/post.html"),
    `<!doctype html><html lang="en"><head><title>{{ page.title }}</title>
     <meta name="viewport" content="width=device-width"><script src="blog.js"></script></head>
     <body><h1>{{ page.title }}</h1>{{ content }}</body></html>`,
  );
});

/** The pages that the blog engine makes of posts with these in them, between two paragraphs. */
async function render(
  posts: Readonly<Record<string, string>>,
): Promise<(name: string) => Promise<string>> {
  for (const [name, snippets] of Object.entries(posts)) {
    await writeFile(
      join(source, "_posts", `2026-11-25-${name}.md`),
      `---\nlayout: post\ntitle: "Draw a digit"\n---\n\nIt reads *digits*:\n\n${snippets}\n\nThat was "all".\n`,
    );
  }
  const out = join(source, "_site");
  const { status, stdout, stderr } = spawnSync(
    JEKYLL,
    ["build", "--source", source, "--destination", out, "--disable-disk-cache"],
    { encoding: "utf8", env: { ...process.env, JEKYLL_ENV: "production" } },
  );
  if (status !== 0) throw new Error(`jekyll build: ${stdout}${stderr}`);
  return (name) => readFile(join(out, `${name}.html`), "utf8");
}

describe.skipIf(!isInstalled)(
  isInstalled
    ? "a Jekyll post"
    : "a Jekyll post (Jekyll is missing: install the package jekyll, or set JEKYLL to its path)",
  () => {
    inChromium((blog) => {
      test("with the snippets lets its readers draw, keeps the words in attributes, and shows frames as high as they are", async () => {
        const json = blog.element(
          `texts='{"answer": "{label} with {percent}", "undo": "Back"}'`,
          "\n  A pad.\n",
        );
        const snippets = (...titles: readonly string[]) =>
          titles.map((title) => blog.snippet(title));
        const elements = snippets("Always the latest version", "A drawing pad, pinned");
        const frames = snippets("In a frame", "In a frame, pinned");
        const post = await render({
          elements: [json, ...elements].join("\n\n"),
          frames: frames.join("\n\n"),
        });

        const html = await post("elements");
        expect(html).toContain("<em>digits</em>"); // it is Markdown around it
        await blog.post(html);
        await blog.loaded();
        await blog.says(".buttons", /Back/);
        await blog.draw();
        const label = await blog.predicted();
        await blog.says(".spoken", new RegExp(`^${label} with `));
        await blog.onPad(() => {
          for (const pad of [...document.querySelectorAll("sketch-classifier")].slice(1))
            pad.strokes = [
              [
                { x: 0.5, y: 0.1 },
                { x: 0.5, y: 0.9 },
              ],
            ];
        });
        const isRead = () =>
          [...document.querySelectorAll("sketch-classifier")].map(
            ({ prediction, offsetHeight }) => offsetHeight > 200 && prediction !== null,
          );
        await expect.poll(() => blog.page.evaluate(isRead)).toEqual([true, true, true]);
        expect(await blog.page.$eval("body > p:last-child", (last) => last.textContent)).toBe(
          "That was “all”.",
        );

        await blog.post(await post("frames"), {
          policy: policyFor(blog.site.origin, `; frame-src ${blog.site.origin}`),
        });
        for (const frame of ["iframe[src]", "iframe[srcdoc]"]) {
          const isFitted = () =>
            document.querySelector("sketch-classifier")!.model !== null &&
            innerHeight === Math.ceil(document.documentElement.getBoundingClientRect().height);
          await until(() => blog.inFrame(frame, isFitted));
        }
      });
    }, new Blog());
  },
);
