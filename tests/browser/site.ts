// Sites for tests: the published one, with models that are quickly made.
import { hash } from "node:crypto";
import { mkdtempSync, readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";
import type { load as Load } from "../../web/src/embed/embed.ts";
import type { PinnedModules } from "../../web/src/page/use/pinned.ts";
import { placeOf, snippetsOf } from "../../web/src/page/use/snippets.ts";
import { parseManifest, type Manifest } from "../../web/src/runtime/manifest.ts";
import { kerasModel } from "../../web/src/testing/keras-models.ts";
import { denseModel } from "../../web/src/testing/layers-model.ts";
import { filesOf, manifestOf, publish, ROOT } from "../../web/src/testing/published.ts";
import { published, SITE } from "./scenario.ts";
import type { Host } from "./server.ts";

/** A model that Keras made for tests/fixtures, of 10 × 10 pixels and three classes, or the labels of one with random weights. */
type Kind = string | readonly string[];
export type Models = Readonly<Record<string, Kind>>;
type Layers = Parameters<typeof denseModel>[1];

/** An example of embed.html as the page of a site prints it. */
export const EXAMPLES = join(import.meta.dirname, "../../web/src/docs/examples");
export const printed = (code: string, site: string) => code.trim().replaceAll("https://example.org/site/", site);

const folders = mkdtempSync(join(tmpdir(), "site-"));
afterAll(() => rm(folders, { recursive: true, maxRetries: 5 }));
/** A folder that is removed when the file's tests are done. */
export const temporary = () => mkdtemp(join(folders, "site-"));

/** A copy of the published site that offers more models, and what `furnish` adds. */
export async function makeSite(models: Models = {}, furnish?: (site: string) => Promise<unknown>): Promise<string> {
  const site = await temporary();
  await cp(SITE, site, { recursive: true });
  for (const [name, kind] of Object.entries(models)) await addModel(site, name, kind);
  await furnish?.(site);
  return site;
}

declare global {
  /** Put there by pages of tests, as by this script. */
  var load: typeof Load;
}
export const LOADING = 'import { load } from "./embed.js"; Object.assign(globalThis, { load });';

/** A page of a blog, with a script that a module runs by default; or a page as it is. */
export async function writePost(folder: string, script: string, head = MODULE, body = "", html = 'lang="en"') {
  const page = `<!doctype html><html ${html}><head><title>A post</title><meta name="viewport" content="width=device-width">
    ${head}</head><body>${body}</body></html>`;
  await writeFile(join(folder, "blog.js"), script);
  await writeFile(join(folder, "index.html"), body.startsWith("<!doctype") ? body : page);
}
export const MODULE = '<link rel="icon" href="data:,"><script type="module" src="blog.js"></script>';

const json = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));

/** Offer a model on a site; one with random weights takes 28 × 28 pixels. */
export async function addModel(
  site: string,
  name: string,
  kind: Kind,
  layers: Layers = [{ units: kind.length, activation: "softmax" }],
): Promise<void> {
  const isRandom = typeof kind !== "string";
  const model = isRandom ? { ...denseModel(784, layers), route: "layers" } : kerasModel(kind);
  const size = isRandom ? { height: 28, width: 28 } : { height: 10, width: 10 };
  const formats = [{ id: `${model.route}-float32`, files: filesOf(model) }];
  const manifest = manifestOf(formats, 0, isRandom ? kind : ["a", "b", "c"], {
    name,
    linear: isRandom && layers.length === 1,
    input: { shape: isRandom ? [784] : [10, 10, 1], image: { ...size, channels: 1 } },
    preprocess: {
      drawing: [{ step: "ink" }, { step: "fit", box: isRandom ? 20 : 7 }, { step: "center", ...size }],
      image: isRandom ? [{ step: "deskew" }, { step: "flatten" }] : [{ step: "channel" }],
    },
  });
  for (const [url, content] of publish(manifest, formats)) {
    const path = join(site, "models", name, url.slice(ROOT.length));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  const index = join(site, "models/index.json");
  const { models, ...more } = json(index) as { models: object[] };
  models.push({ name, path: `${name}/latest.json`, title: `The ${name}` });
  await writeFile(index, JSON.stringify({ models, ...more }));
}

/** A snippet of embed.html as that site prints it over https, for a model. */
export function snippetOf({ folder, url }: Host, title: string, name: string) {
  const path = `models/${name}/${(published("manifest.json", name, folder) as Manifest).version}/manifest.json`;
  const [address, file] = [url + path, join(folder, path)];
  const manifest = parseManifest(json(file), address);
  const integrity = `sha384-${hash("sha384", readFileSync(file), "base64")}`;
  const place = placeOf(manifest, url, address, integrity, json(join(folder, "integrity.json")) as PinnedModules);
  const code = snippetsOf(place).find((one) => one.title === title)?.code ?? ""; // a model need not have it
  return { code, manifest, address };
}
