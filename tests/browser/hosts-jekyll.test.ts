// The snippets, pasted into the Markdown of a Jekyll post: they get through Liquid and kramdown, and run; in every browser.
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { onABlog, policyFor } from "./blog.ts";
import { evaluateIn } from "./browser.ts";

const JEKYLL = process.env["JEKYLL"] ?? "jekyll";
const isInstalled = spawnSync(JEKYLL, ["--version"]).status === 0;
const POST = "2026-11-25-draw.md";

let source: string;
beforeAll(async () => {
  source = await mkdtemp(join(tmpdir(), "jekyll-"));
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
afterAll(() => rm(source, { recursive: true }));

/** The page that the blog engine makes of a post with this in it, between two paragraphs. */
async function render(snippet: string): Promise<string> {
  await writeFile(
    join(source, "_posts", POST),
    `---\nlayout: post\ntitle: "Draw a digit"\n---\n\nIt reads *digits*:\n\n${snippet}\n\nThat was "all".\n`,
  );
  const out = join(source, "_site");
  const { status, stdout, stderr } = spawnSync(
    JEKYLL,
    ["build", "--source", source, "--destination", out, "--disable-disk-cache"],
    { encoding: "utf8", env: { ...process.env, JEKYLL_ENV: "production" } },
  );
  if (status !== 0) throw new Error(`jekyll build: ${stdout}${stderr}`);
  return readFile(join(out, "draw.html"), "utf8");
}

describe.skipIf(!isInstalled)(
  isInstalled
    ? "a Jekyll post"
    : "a Jekyll post (Jekyll is missing: install the package jekyll, or set JEKYLL to its path)",
  () => {
    onABlog((blog) => {
      test.each(["A drawing pad for your page", "Always the latest version"])(
        "with the snippet “%s” lets its readers draw",
        async (title) => {
          const html = await render(await blog.snippet(title));
          expect(html).toContain("<em>digits</em>"); // it is Markdown around it
          await blog.openAs(html);
          await blog.ready();
          await blog.draw();
          await blog.predicted();
          expect(await blog.isShown(".pad")).toBe(true);
          expect(await blog.stage.text("body > p:last-child")).toBe("That was “all”.");
          expect(blog.complaints).toEqual([]);
        },
      );

      test.each(["In a frame", "In a frame, pinned"])(
        "with the snippet “%s” shows it, as high as it is",
        async (title) => {
          const html = await render(await blog.snippet(title));
          const host = await blog.under(policyFor(blog.site.origin, `; frame-src ${blog.site.origin}`));
          await blog.openAs(html, { at: host });
          const difference = () =>
            evaluateIn(
              blog.page,
              "iframe",
              () =>
                document.querySelector("sketch-classifier")!.model &&
                innerHeight - Math.ceil(document.documentElement.getBoundingClientRect().height),
            ).catch(() => null); // while it is on its way
          await expect.poll(difference).toBe(0);
          expect(blog.complaints).toEqual([]);
          await host.close();
        },
      );

      test("with attributes that hold JSON keeps their words", async () => {
        const element = blog.element(`texts='{"answer": "{label} with {percent}", "undo": "Back"}'`, "\n  A pad.\n");
        const script = `<script type="module" src="${blog.site.url}embed.js"></script>`;
        await blog.openAs(await render(`${script}\n${element}`));
        await blog.ready();
        expect(await blog.text(".buttons")).toMatch(/Back/);
        await blog.draw();
        const label = await blog.predicted();
        await expect.poll(() => blog.text(".spoken")).toMatch(new RegExp(`^${label} with `));
        expect(blog.complaints).toEqual([]);
      });
    });
  },
);
