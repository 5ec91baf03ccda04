// Sites for tests: the built modules, and models that are quickly made.
import { cp, mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { kerasModel } from "../../web/src/testing/keras-models.ts";
import { denseModel } from "../../web/src/testing/layers-model.ts";
import { filesOf, manifestOf, publish, ROOT } from "../../web/src/testing/published.ts";
import { bundleOf, type TestKey } from "../../web/src/testing/signed.ts";

const BUILT = join(import.meta.dirname, "../../pipeline/_web/site");

/** The built modules and a model with random weights: what is tested does not depend on what it has learnt. */
export async function makeSite(): Promise<string> {
  const site = await mkdtemp(join(tmpdir(), "embed-"));
  await addModel(site, "digits", Array.from("0123456789"));
  await cp(BUILT, site, {
    recursive: true,
    filter: (path) => !/(index\.html|sw\.js)$/.test(path), // the page itself needs more of a model
  });
  await writeFile(
    join(site, "models/index.json"),
    '{ "models": [{ "name": "digits", "path": "digits/latest.json" }] }',
  );
  return site;
}

/** A linear model of 28 × 28 pixels under models/. */
export async function addModel(site: string, name: string, labels: readonly string[]): Promise<void> {
  const model = denseModel(784, [{ units: labels.length, activation: "softmax" }]);
  const formats = [{ id: "layers-float32", files: filesOf(model) }];
  const manifest = manifestOf(formats, 784, labels);
  manifest["name"] = name;
  manifest["input"] = {
    ...(manifest["input"] as object),
    image: { height: 28, width: 28, channels: 1 },
  };
  manifest["preprocess"] = {
    drawing: [{ step: "ink" }, { step: "fit", box: 20 }, { step: "center", height: 28, width: 28 }],
    image: [{ step: "deskew" }, { step: "flatten" }],
  };
  await addVersion(site, name, manifest, formats);
}

/** A model that Keras made for tests/fixtures, under models/: 10 × 10 pixels, three classes. */
export async function addKerasModel(
  site: string,
  name: string,
  title: "cnn layers uint16" | "cnn graph float32" | "branches layers float32" | "branches graph float32",
): Promise<void> {
  const model = kerasModel(title);
  const formats = [{ id: `${model.route}-any`, files: filesOf(model) }];
  const manifest = manifestOf(formats, 100, ["a", "b", "c"]);
  manifest["name"] = name;
  manifest["input"] = {
    ...(manifest["input"] as object),
    shape: [10, 10, 1],
    image: { height: 10, width: 10, channels: 1 },
  };
  manifest["preprocess"] = {
    drawing: [{ step: "ink" }, { step: "fit", box: 8 }, { step: "center", height: 10, width: 10 }],
    image: [{ step: "channel" }],
  };
  await addVersion(site, name, manifest, formats);
}

async function addVersion(site: string, name: string, ...version: Parameters<typeof publish>): Promise<void> {
  for (const [url, content] of publish(...version)) {
    const path = join(site, "models", name, url.slice(ROOT.length));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}

/** The signature of a version's folder. */
export async function signatureOf(folder: string, by: TestKey, counter: number): Promise<Buffer> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(paths.map(async (path) => [relative(folder, path), await readFile(path)] as const));
  return Buffer.from(bundleOf(new Map(files), by, counter));
}
