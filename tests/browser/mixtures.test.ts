// Static hosting cannot replace the page's code together with the pointers. So each release of the code must work with
// the pointers of the release before it and after it: here both mixtures, with what the last release published.
// SITE_DIR as in page.test.ts.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { load as Load } from "../../web/src/embed/embed.ts";
import { DIGITS, draw, mouse } from "./hand.ts";
import { DESKTOP, inChromium, SITE, type Stage } from "./scenario.ts";

declare global {
  /** Put there by the page of these tests. */
  var load: typeof Load;
}

/** Made by tests/fixtures/make_site.py; models/index.json still says which version of each model is live. */
const FORMER = join(import.meta.dirname, "../fixtures/sites/november-2026.tar.gz");
const MODEL = "mnist-softmax"; // in both
const CODE = /^(assets|embed\.html|index\.html|sw\.js|\.nojekyll)$/; // replaced with the page, or never
const EMBEDS = /^(embed|load|frame)\.js$|^frame\.html$|^integrity\.json$|^_headers$/; // replaced before the pointers

/** Reads a drawn 1 with load.js, and shows the element. */
const BLOG = `<!doctype html>
<html><head><title>a blog</title><link rel="icon" href="data:,">
<script type="module" src="embed.js"></script><script type="module" src="blog.js"></script></head>
<body><sketch-classifier src="models/${MODEL}/latest.json"></sketch-classifier></body></html>`;

let folder: string;
const at = (name: string) => join(folder, name);

/** A site of code, the files that other pages embed, and models, each from the former release or from this one. */
async function mix(name: string, code: string, embeds: string, models: string): Promise<void> {
  for (const [from, part] of [
    [code, CODE],
    [embeds, EMBEDS],
    [models, /^models$/],
  ] as const) {
    for (const path of (await readdir(from)).filter((path) => part.test(path))) {
      await cp(join(from, path), join(at(name), path), { recursive: true });
    }
  }
  await cp(join(embeds, "assets"), join(at(name), "assets"), { recursive: true }); // they are never removed
  await writeFile(join(at(name), "blog.html"), BLOG);
  await writeFile(join(at(name), "blog.js"), 'import { load } from "./load.js"; globalThis.load = load;');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mixtures-"));
  const former = at("former");
  await mkdir(former);
  await promisify(execFile)("tar", ["xzf", FORMER, "-C", former]);
  for (const [name, ...parts] of MIXTURES) {
    const [code, embeds, pointers] = parts.map((isFormer) => (isFormer ? former : SITE)) as [string, string, string];
    await mix(name, code, embeds, pointers);
  }
});
afterAll(() => rm(folder, { recursive: true }));

/** Whether code, embeds and pointers are those of the former release. */
const MIXTURES: readonly (readonly [name: string, code: boolean, embeds: boolean, pointers: boolean])[] = [
  ["this release's code with the former pointers", false, false, true],
  ...(process.env["TIER"] === "all"
    ? ([
        ["the former code with this release's pointers", true, true, false],
        ["the former page beside this release's embeds and pointers", true, false, false],
        ["this release's embeds beside the former page and pointers", true, false, true],
      ] as const)
    : []),
];
for (const [name] of MIXTURES) describeMixture(name);

function describeMixture(name: string): void {
  inChromium(
    (stage) => {
      test(`${name}: the page reads a drawing`, async () => {
        await stage.open(DESKTOP);
        await stage.ready();
        await draw(stage.page, mouse(stage.page), DIGITS["3"]);
        expect((await stage.answer()).label).toBe("3");
        expect(stage.seen.complaints).toEqual([]);
      });

      test(`${name}: element, load() and frame read a drawing`, async () => {
        await stage.page.goto(`${stage.host.url}blog.html`);
        await stage.page.waitForFunction(
          () => "load" in globalThis && document.querySelector("sketch-classifier")?.model != null,
        );
        expect(await readOne(stage)).toEqual(["1", "1"]);
        expect(stage.seen.complaints).toEqual([]);
        await stage.page.goto(`${stage.host.url}frame.html?model=${MODEL}`);
        await stage.page.waitForFunction(() => document.querySelector("sketch-classifier")?.model != null);
        expect(stage.seen.complaints).toEqual([]);
      });
    },
    { site: () => Promise.resolve(at(name)) },
  );
}

/** What the model says to a drawn 1, as load() and as the element got it. */
function readOne(stage: Stage): Promise<(string | null)[]> {
  return stage.page.evaluate(async (address) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 300, height: 300 });
    const context = canvas.getContext("2d")!;
    context.fillStyle = "white";
    context.fillRect(0, 0, 300, 300);
    context.lineWidth = 24;
    context.beginPath();
    context.moveTo(155, 50);
    context.lineTo(145, 250);
    context.stroke();
    const element = document.querySelector("sketch-classifier")!;
    const answers = await Promise.all([(await load(address)).predict(canvas), element.model!.predict(canvas)]);
    return answers.map(({ label }) => label);
  }, `models/${MODEL}/latest.json`);
}
