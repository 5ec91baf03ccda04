// The file of `pipeline versions single-file`, opened from a disk.
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { headlessHost } from "../../web/src/runtime/headless.ts";
import { load } from "../../web/src/runtime/load.ts";
import { drawIn } from "./blog.ts";
import { DIGITS, draw, mouse } from "./hand.ts";
import { DESKTOP, inChromium, SITE, SMALLEST } from "./scenario.ts";

const ROOT = join(import.meta.dirname, "../..");
const PYTHON = join(ROOT, ".venv/bin/python");
const MODEL = join(ROOT, "exported_models/example/mnist-softmax");
/** A 3, in pad/link.ts's form. */
const DRAWING = "#drawing=1PFL0BIQEPE1SPWQlaglqEmAsTkI0VBZcB2AnWkFKVzhlHiAddCJmQExWMGgMbhVuNWJTUmk4dxp5A3UjYz9LVw";

let folder: string;
let version: string;
/** The whole page with the site's model. */
let page: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "single-"));
  const names = (await readdir(MODEL, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  version = join(MODEL, names[0]!.name);
  await write(version, "one.html");
  const { models } = JSON.parse(await readFile(join(SITE, "models/index.json"), "utf8")) as {
    models: { path: string }[];
  };
  const pointer = join(SITE, "models", models[0]!.path);
  const { version: published } = JSON.parse(await readFile(pointer, "utf8")) as { version: string };
  page = pathToFileURL(await write(join(pointer, "..", published), "page.html", "whole_page=True")).href;
});

/** @param more Of Python's keyword arguments. */
async function write(version: string, name: string, more = ""): Promise<string> {
  const run = `
import sys
from pathlib import Path
from pipeline.site.built_page import web_dir
from pipeline.site.single_file import write_single_file
write_single_file(Path(sys.argv[1]), Path(sys.argv[2]), web_dir(), ${more})`;
  const out = join(folder, name);
  await promisify(execFile)(PYTHON, ["-c", run, version, out], { env: { ...process.env, PYTHONPATH: ROOT } });
  return out;
}

afterAll(async () => {
  await rm(folder, { recursive: true });
});

inChromium((stage) => {
  test("a file on a disk reads drawings as the model does, and asks for nothing", async () => {
    const { page } = stage;
    await page.setViewport({ width: 800, height: 900 });
    await page.goto(pathToFileURL(join(folder, "one.html")).href);
    await page.waitForFunction(() => document.querySelector("sketch-classifier")?.model);
    const box = await page.evaluate(() => {
      const canvas = document.querySelector("sketch-classifier")!.shadowRoot!.querySelector(".canvas")!;
      const { x, y, width, height } = canvas.getBoundingClientRect();
      return { x, y, width, height };
    });
    await drawIn(page, box);
    await page.waitForFunction(() => document.querySelector("sketch-classifier")?.prediction);
    const { input, probabilities, address } = await page.evaluate(() => {
      const { prediction } = document.querySelector("sketch-classifier")!;
      return {
        input: [...prediction!.input],
        probabilities: [...prediction!.probabilities],
        address: location.protocol,
      };
    });
    expect(address).toBe("file:");
    const fetch = async (url: string) => new Response(await readFile(fileURLToPath(url)));
    const model = await load(pathToFileURL(join(version, "manifest.json")), { fetch }, headlessHost);
    const expected = await model.predict(Float32Array.from(input));
    expect(probabilities).toEqual([...expected.probabilities!]);
    expect(stage.seen.complaints).toEqual([]);
    expect(stage.seen.requests.filter((url) => !url.startsWith("file:") && !url.startsWith("data:"))).toEqual([]);
  });

  test("the whole page in a file answers as the page of the site does, in each panel and in German, and asks for nothing", async () => {
    const said = async () => ({
      answer: await stage.answer(),
      words: await stage.text(".verdict .words"),
      sum: (await stage.panel("why"), await stage.text("#why")),
      quality: (await stage.panel("quality"), await stage.text("#quality .believe, #quality")).slice(0, 400),
    });
    await stage.open(DESKTOP, "light", DRAWING);
    await stage.ready();
    const ofSite = await said();
    const { requests } = stage.seen;
    const before = requests.length;
    await stage.page.goto(page + DRAWING);
    await stage.ready();
    expect(await said()).toEqual(ofSite);
    expect(ofSite.answer.label).toBe("3");
    expect(requests.slice(before).filter((url) => !/^(file|data|blob):/.test(url))).toEqual([]);

    await stage.page.setViewport(SMALLEST);
    await stage.page.goto(page);
    await stage.ready();
    const panels = await stage.page.$$eval("main > section:not([hidden])", (sections) => sections.map(({ id }) => id));
    expect(panels).toEqual(["draw", "hand", "why", "change", "weights", "learn", "quality", "own", "tour", "rest"]);
    for (const id of panels) await stage.panel(id);
    expect(await stage.page.$$eval("#rest li", (items) => items.length)).toBe(5);
    expect(await stage.text("#rest")).toContain("training in this browser");
    expect(await stage.overflow()).toBe(0);
    expect(await stage.page.$(".test-digit:not([hidden])")).toBeNull(); // there are none

    await stage.page.setViewport(DESKTOP);
    await stage.page.evaluate(() => {
      scrollTo(0, 0);
    });
    await draw(stage.page, mouse(stage.page), DIGITS["1"]);
    expect((await stage.answer()).label).toBe("1");
    await stage.page.waitForFunction(() => location.hash.startsWith("#drawing="));

    await stage.page.click(".languages a[lang=de]");
    await stage.page.waitForFunction(() => document.documentElement.lang === "de");
    await stage.ready();
    expect((await stage.answer()).label).toBe("1");
    await stage.panel("rest");
    expect(await stage.text("#rest")).toContain("das Training in diesem Browser");
    expect(stage.seen.complaints).toEqual([]);
  });
});
