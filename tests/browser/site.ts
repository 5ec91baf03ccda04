// A site to embed from, in a folder of its own.
import { cp, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { denseModel } from "../../web/src/testing/layers-model.ts";
import {
  filesOf,
  manifestOf,
  publish,
  ROOT,
} from "../../web/src/testing/published.ts";

const BUILT = join(import.meta.dirname, "../../pipeline/_web/site");

/** The built modules and a model with random weights: what is tested does not depend on what it has learnt. */
export async function makeSite(): Promise<string> {
  const site = await mkdtemp(join(tmpdir(), "embed-"));
  await addModel(site, "digits", [..."0123456789"]);
  for (const path of ["embed.html", "embed.js", "load.js", "assets"]) {
    await cp(join(BUILT, path), join(site, path), { recursive: true });
  }
  await writeFile(
    join(site, "models/index.json"),
    '{ "models": [{ "name": "digits", "path": "digits/latest.json" }] }',
  );
  return site;
}

/** A linear model of 28 × 28 pixels under models/. */
export async function addModel(
  site: string,
  name: string,
  labels: readonly string[],
): Promise<void> {
  const model = denseModel(784, [
    { units: labels.length, activation: "softmax" },
  ]);
  const formats = [{ id: "layers-float32", files: filesOf(model) }];
  const manifest = manifestOf(formats, 784, labels);
  manifest["name"] = name;
  manifest["input"] = {
    ...(manifest["input"] as object),
    image: { height: 28, width: 28, channels: 1 },
  };
  manifest["preprocess"] = {
    drawing: [
      { step: "ink" },
      { step: "fit", box: 20 },
      { step: "center", height: 28, width: 28 },
    ],
    image: [{ step: "deskew" }, { step: "flatten" }],
  };
  for (const [url, content] of publish(manifest, formats)) {
    const path = join(site, "models", name, url.slice(ROOT.length));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}
