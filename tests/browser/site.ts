// Sites for tests: the built modules, and models that are quickly made.
import { hash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { inject } from "vitest";
import type { PinnedModules } from "../../web/src/page/use/pinned.ts";
import { placeOf, SNIPPETS } from "../../web/src/page/use/snippets.ts";
import { parseManifest } from "../../web/src/runtime/manifest.ts";
import { kerasModel } from "../../web/src/testing/keras-models.ts";
import { denseModel } from "../../web/src/testing/layers-model.ts";
import { filesOf, manifestOf, publish, ROOT } from "../../web/src/testing/published.ts";
import { bundleOf, type TestKey } from "../../web/src/testing/signed.ts";
import { SITE } from "./scenario.ts";
import type { Host } from "./server.ts";

type Title = Parameters<typeof kerasModel>[0];

/** The built modules. */
export const BUILT = join(import.meta.dirname, "../../pipeline/_web/site");

/** The examples of embed.html. */
export const EXAMPLES = join(import.meta.dirname, "../../web/src/docs/examples");
/** One of them as the page of a site prints it, whose model is called “digits”. */
export const printed = (code: string, site: string): string =>
  code.trim().replaceAll("https://example.org/site/", site).replaceAll("mnist-softmax", "digits");

/** A folder that is removed when all tests are done. */
export const temporary = (): Promise<string> => mkdtemp(join(inject("temporary"), "site-"));

/** A copy of the published site, for tests that add to it. */
export async function copyOfSite(): Promise<string> {
  const folder = await temporary();
  await cp(SITE, folder, { recursive: true });
  return folder;
}

/** The built modules and a model with random weights: what is tested does not depend on what it has learnt. */
export async function makeSite(): Promise<string> {
  const site = await temporary();
  await addModel(site, "digits", Array.from("0123456789"));
  // The page itself needs more of a model.
  await cp(BUILT, site, { recursive: true, filter: (path) => !/(index\.html|sw\.js)$/.test(path) });
  const models = [{ name: "digits", path: "digits/latest.json" }];
  await writeFile(join(site, "models/index.json"), JSON.stringify({ models }));
  return site;
}

const LOADING = 'import { load } from "./embed.js"; Object.assign(globalThis, { load, part: (url) => import(url) });';

/** A page that runs a script; `head` stands before it. */
export async function writePost(folder: string, script: string, head = ""): Promise<void> {
  await writeFile(join(folder, "blog.js"), script);
  await writeFile(
    join(folder, "index.html"),
    `<!doctype html><html lang="en"><head><title>A post</title><link rel="icon" href="data:,">${head}
     <script type="module" src="blog.js"></script></head></html>`,
  );
}

/** A site with models that Keras made, and a page that has load(), and part() for a module. */
export async function makeLoadSite(models: Readonly<Record<string, Title>> = {}): Promise<string> {
  const site = await makeSite();
  for (const [name, title] of Object.entries(models)) await addKerasModel(site, name, title);
  await writePost(site, LOADING);
  return site;
}

/** A linear model of 28 × 28 pixels under models/. */
export async function addModel(site: string, name: string, labels: readonly string[], useBias = true): Promise<void> {
  const model = denseModel(784, [{ units: labels.length, activation: "softmax", useBias }]);
  const image = [{ step: "deskew" }, { step: "flatten" }];
  await add(site, name, "layers-float32", model, labels, { side: 28, image, linear: true });
}

/** Offer a model that was added on the page, too. */
export async function listModel(site: string, name: string): Promise<void> {
  const path = join(site, "models/index.json");
  const index = JSON.parse(await readFile(path, "utf8")) as { models: object[] };
  index.models.push({ name, path: `${name}/latest.json` });
  await writeFile(path, JSON.stringify(index));
}

/** A model that Keras made for tests/fixtures, under models/: 10 × 10 pixels, three classes. */
export async function addKerasModel(site: string, name: string, title: Title): Promise<void> {
  const model = kerasModel(title);
  await add(site, name, `${model.route}-any`, model, ["a", "b", "c"], { side: 10, image: [{ step: "channel" }] });
}

async function add(
  site: string,
  name: string,
  id: string,
  model: Parameters<typeof filesOf>[0],
  labels: readonly string[],
  { side, image, ...more }: { readonly side: number; readonly image: readonly object[]; readonly linear?: boolean },
): Promise<void> {
  const formats = [{ id, files: filesOf(model) }];
  const manifest = manifestOf(formats, side * side, labels);
  const size = { height: side, width: side };
  const drawing = [{ step: "ink" }, { step: "fit", box: Math.round((20 / 28) * side) }, { step: "center", ...size }];
  Object.assign(manifest, { name, ...more, preprocess: { drawing, image } });
  const shape = more.linear ? [side * side] : [side, side, 1];
  Object.assign(manifest["input"] as object, { shape, image: { ...size, channels: 1 } });
  for (const [url, content] of publish(manifest, formats)) {
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

/** A snippet of the panel “Use it” as that site prints it over https, for a version's folder. */
export async function snippetOf({ folder, url }: Host, title: string, version: string) {
  const read = (path: string) => readFile(join(folder, path));
  const parsed = async (path: string) => JSON.parse((await read(path)).toString()) as unknown;
  const path = `${version}/manifest.json`;
  const manifest = parseManifest(await parsed(path), url + path);
  const integrity = `sha384-${hash("sha384", await read(path), "base64")}`;
  const place = placeOf(manifest, url, url + path, integrity, (await parsed("integrity.json")) as PinnedModules);
  const code = SNIPPETS.find((one) => one.title === title)?.code(place);
  if (!code) throw new Error(`This model has no snippet “${title}”.`);
  return { code, manifest, address: url + path };
}
