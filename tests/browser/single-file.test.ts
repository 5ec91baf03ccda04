// Opened from a disk: the file of `pipeline versions single-file`, and the page, which cannot run there.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { headlessHost } from "../../web/src/runtime/headless.ts";
import { load } from "../../web/src/runtime/load.ts";
import { temporary } from "../../web/src/testing/temporary.ts";
import { deep, inChromium, python, ROOT } from "./scenario.ts";

const MODEL = join(ROOT, "exported_models/example/mnist-softmax");

let folder: string;
let version: string;

beforeAll(async () => {
  folder = await temporary();
  const names = (await readdir(MODEL, { withFileTypes: true })).filter((entry) =>
    entry.isDirectory(),
  );
  version = join(MODEL, names[0]!.name);
  const run = `
import sys
from pathlib import Path
from pipeline.site.page import web_dir
from pipeline.site.single_file import write_single_file
write_single_file(Path(sys.argv[1]), Path(sys.argv[2]), web_dir())`;
  await python(["-c", run, version, join(folder, "one.html")]);
});

inChromium((stage) => {
  test("a file on a disk reads drawings as the model does, and asks for nothing", async () => {
    const { page } = stage;
    await page.setViewport({ width: 800, height: 900 });
    await page.goto(pathToFileURL(join(folder, "one.html")).href);
    await stage.until(() => Boolean(document.querySelector("sketch-classifier")?.model));
    await stage.draw(undefined, deep(".canvas"));
    await stage.until(() => document.querySelector("sketch-classifier")?.prediction?.label);
    const { input, probabilities } = await page.evaluate(() => {
      const { prediction } = document.querySelector("sketch-classifier")!;
      return { input: [...prediction!.input], probabilities: [...prediction!.probabilities] };
    });
    const fetch = async (url: string) => new Response(await readFile(fileURLToPath(url)));
    const model = await load(
      pathToFileURL(join(version, "manifest.json")),
      { fetch },
      headlessHost,
    );
    const expected = await model.predict(Float32Array.from(input));
    expect(probabilities).toEqual([...expected.probabilities!]);
    expect(
      stage.seen.requests.filter((url) => !url.startsWith("file:") && !url.startsWith("data:")),
    ).toEqual([]);
  });

  test("the page says why it cannot run there, and what can", async () => {
    const { page } = stage;
    await page.goto(pathToFileURL(join(ROOT, "pipeline/_web/site/index.html")).href);
    expect(await stage.isShown(".opened-as-file")).toBe(true);
    const said = await page.$eval(".opened-as-file", (notice) => notice.textContent);
    expect(said).toContain("pipeline versions single-file NAME pad.html");
    expect(await stage.text(".status-text")).toContain("the page’s scripts did not load");
    stage.seen.complaints.length = 0; // the refusals
    await stage.open();
    expect(await stage.isShown(".opened-as-file")).toBe(false);
  });
});
