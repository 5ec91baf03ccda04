// Sites for tests: the built modules, and models that are quickly made.
import { hash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { PinnedModules } from "../../web/src/page/use/pinned.ts";
import { placeOf, snippetsOf } from "../../web/src/page/use/snippets.ts";
import { parseManifest } from "../../web/src/runtime/manifest.ts";
import { kerasModel } from "../../web/src/testing/keras-models.ts";
import { denseModel } from "../../web/src/testing/layers-model.ts";
import { filesOf, manifestOf, publish, ROOT } from "../../web/src/testing/published.ts";
import { SITE } from "./scenario.ts";
import { serve, type Host } from "./server.ts";

type Kind = string | readonly string[];
type Models = Readonly<Record<string, Kind>>;

/** The built modules. */
export const BUILT = join(import.meta.dirname, "../../pipeline/_web/site");

/** The examples of embed.html. */
export const EXAMPLES = join(import.meta.dirname, "../../web/src/docs/examples");
/** One of them as the page of a site prints it, whose model is called “digits”. */
export const printed = (code: string, site: string): string =>
  code.trim().replaceAll("https://example.org/site/", site).replaceAll("mnist-softmax", "digits");

export const MODULE = '<link rel="icon" href="data:,"><script type="module" src="blog.js"></script>';

/** A folder that is removed when all tests are done. */
export const temporary = (): Promise<string> => mkdtemp(join(tmpdir(), "site-"));

/** Settings of scenarios on a site that is made once. */
export function on(make: () => Promise<string>) {
  let made: Promise<string> | undefined;
  return { host: async () => serve(await (made ??= make())) };
}

/** A copy of the published site that offers more models. */
export async function copyOfSite(models: Models = {}, from = SITE, without = / /): Promise<string> {
  const site = await temporary();
  await cp(from, site, { recursive: true, filter: (path) => !without.test(path) });
  for (const [name, kind] of Object.entries(models)) await addModel(site, name, kind);
  return site;
}

/**
 * The built modules, these models, and “digits” with random weights: what is tested does not depend on what it has learnt.
 * Its page has load(), and part() for a module.
 */
export async function makeSite(models: Models = {}): Promise<string> {
  const all = { digits: Array.from("0123456789"), ...models };
  const site = await copyOfSite(all, BUILT, /(index\.html|sw\.js)$/); // these need more of a model
  const script = 'import { load } from "./embed.js"; Object.assign(globalThis, { load, part: (url) => import(url) });';
  await writePost(site, script);
  return site;
}

/** A page of a blog, with blog.js, which a module runs by default; or a page as it is. */
export async function writePost(folder: string, script: string, head = MODULE, body = "", html = 'lang="en"') {
  const page = `<!doctype html><html ${html}><head><title>A post</title><meta name="viewport" content="width=device-width">
    ${head}</head><body>${body}</body></html>`;
  await writeFile(join(folder, "blog.js"), script);
  await writeFile(join(folder, "index.html"), body.startsWith("<!doctype") ? body : page);
}

const softmax = (units: number): Parameters<typeof denseModel>[1] => [{ units, activation: "softmax" }];
/** The layers of a model of digits with four rows for each, whose shares it adds up. */
export const WAYS: Parameters<typeof denseModel>[1] = [
  { units: 40, activation: "softmax" },
  { units: 10, adds: true },
];
const json = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));

/**
 * Offer a model on a site: one that Keras made for tests/fixtures, of 10 × 10 pixels and three classes, or one with random
 * weights, of 28 × 28 pixels and these classes.
 */
export async function addModel(site: string, name: string, kind: Kind, layers = softmax(kind.length)): Promise<void> {
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
  await writeFiles(join(site, "models", name), publish(manifest, formats));
  const path = join(site, "models/index.json");
  const { models } = (existsSync(path) ? json(path) : { models: [] }) as { models: object[] };
  await writeFile(
    path,
    JSON.stringify({ models: [...models, { name, path: `${name}/latest.json`, title: `The ${name}` }] }),
  );
}

/** Write what `publish` has made into a model's folder. */
export async function writeFiles(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  for (const [url, content] of files) {
    const path = join(folder, url.slice(ROOT.length));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}

/** A snippet of embed.html as that site prints it over https, for a version's folder. */
export function snippetOf({ folder, url }: Host, title: string, version: string) {
  const [path, address] = [join(folder, version, "manifest.json"), `${url}${version}/manifest.json`];
  const manifest = parseManifest(json(path), address);
  const integrity = `sha384-${hash("sha384", readFileSync(path), "base64")}`;
  const place = placeOf(manifest, url, address, integrity, json(join(folder, "integrity.json")) as PinnedModules);
  const code = snippetsOf(place).find((one) => one.title === title)?.code ?? ""; // a model need not have it
  return { code, manifest, address };
}
